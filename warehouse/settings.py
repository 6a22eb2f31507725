"""Django's settings, all derived from `warehouse.env`."""

from pathlib import Path

from warehouse import database, mail
from warehouse.env import ENV
from warehouse.places import storage

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = ENV.secret_key
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.allowed_hosts)

INSTALLED_APPS = [
    "reports.dashboard",  # before the admin, whose look it changes
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "warehouse",
    "warehouse.tenancy",
    "warehouse.gateway",
    "warehouse.custody",
    "warehouse.copying",
    "enrichment",
    "discovery",
    "reports",
]

MIDDLEWARE = [
    "warehouse.ops.requests.measure",
    "warehouse.gateway.middleware.Gateway",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "warehouse.gateway.browsers.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "warehouse.gateway.browsers.AuthenticationMiddleware",
    "warehouse.gateway.browsers.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "warehouse.urls"
WSGI_APPLICATION = "warehouse.wsgi.application"
ASGI_APPLICATION = "warehouse.asgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database.settings(ENV.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS = {
    "broker": f"{ENV.redis_url}/0",
    "cache": f"{ENV.redis_url}/1",
    "channels": f"{ENV.redis_url}/2",
}
WARDEN = {
    "url": ENV.warden_url,
    "ca": ENV.warden_ca,
    "cert": ENV.warden_cert,
    "key": ENV.warden_key,
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS["channels"]], "prefix": "trellis"},
    }
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = ENV.var / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "results": storage(ENV.results_url, drafts=str(ENV.var / "drafts")),
    "staticfiles": {"BACKEND": "warehouse.ops.static.StaticFiles"},
}
# Source maps are large and no page loads them.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "woff", "woff2"),
    *("zip", "gz", "tgz", "bz2", "tbz", "xz", "br", "map"),
)

DEFAULT_FROM_EMAIL = ENV.email_from
globals().update(mail.settings(ENV.email_url))

LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
# No page reads the CSRF cookie: the token stands in the page.
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.secure
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = ENV.secure
# The doors speak plain HTTP; the proxy in front says what the caller spoke.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.secure else None
# Probes come from this machine, past the reverse proxy that speaks HTTPS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENV.secure else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = ENV.secure
CSRF_FAILURE_VIEW = "warehouse.gateway.errors.csrf_failure"
# The gateway's caps come first and are stricter; this one only has to let the largest pass.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
AUTHENTICATION_BACKENDS = ["warehouse.gateway.logins.LimitedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "warehouse.gateway.authentication.BearerAuthentication",
        "warehouse.gateway.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["warehouse.gateway.codec.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["warehouse.gateway.codec.JsonRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "warehouse.gateway.problems.answer_exception",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Trellis Warehouse",
    "DESCRIPTION": "Traffic attribution: events in, reports out, each report a job.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "reports.api.components.add_components",
        "reports.api.outgoing.components.add_components",
        "warehouse.gateway.documented.say_limits",
        "warehouse.tenancy.api.components.add_components",
        "discovery.api.campaign_documents.add_components",
        "discovery.api.pattern_documents.add_components",
        "warehouse.gateway.openapi.tell_heads",
    ],
}

HINT_LOG_LEVEL = "DEBUG" if ENV.log_level == "DEBUG" else "WARNING"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "warehouse.gateway.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {
        # The gateway writes one line a request already; Django's own would double every refusal.
        "django.request": {"level": "ERROR"},
        "django": {"handlers": [], "propagate": True},
        # Hints come every few seconds, all day long: only one that fails is worth a line.
        "celery.beat": {"level": HINT_LOG_LEVEL},
        "celery.worker.strategy": {"level": HINT_LOG_LEVEL},
        "celery.app.trace": {"level": HINT_LOG_LEVEL},
        # A trace for every second without Redis; who announces and who listens say it once.
        "channels_redis": {"level": "CRITICAL"},
    },
}
