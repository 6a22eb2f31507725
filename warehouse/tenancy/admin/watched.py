"""What every admin page shares: what is done on it, or read of others, enters the audit log."""

import json
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from warehouse.clock import now
from warehouse.tenancy.audit import Actor, record
from warehouse.tenancy.models import Organization


def actor_of(request: HttpRequest) -> Actor:
    """Return the logged-in person."""
    user: Any = request.user
    return Actor(f"user:{user.pk}", user.get_username())


def target_of(obj: models.Model) -> str:
    """Return how the audit log names a row, e.g. `apikey:5f…`."""
    return f"{obj._meta.model_name}:{obj.pk}"


def as_json(value: Any) -> str:
    """Return JSON to be read by people, or a dash for nothing."""
    if value is None:
        return "–"
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


def _owner(obj: Any) -> Organization | None:
    """Return the organization that a row is or belongs to, by reference or by id alone."""
    found = obj if isinstance(obj, Organization) else getattr(obj, "organization", None)
    if isinstance(found, Organization):
        return found
    known = getattr(obj, "organization_id", None)
    return Organization.objects.filter(pk=known).first() if known else None


class Watched(admin.ModelAdmin):  # type: ignore[type-arg]
    """An admin page whose additions, changes and deletions are audited.

    `tells_of_others` says that a row's own page shows what an organization's people asked or
    sent: opening it is audited as well.
    """

    tells_of_others = False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep that a row was added."""
        self._audit(request, obj, "added", message)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep that a row was changed, or that an action was taken on it."""
        self._audit(request, obj, "changed", message)
        return super().log_change(request, obj, message)

    def note(self, request: HttpRequest, obj: Any, message: str) -> None:
        """Keep in the row's history what the domain has put into the audit log itself."""
        super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep that rows were deleted."""
        for obj in queryset:
            self._audit(request, obj, "deleted", "")
        return super().log_deletions(request, queryset)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a row, and keep that it was looked at where it tells of others."""
        answer = super().change_view(request, object_id, form_url, extra_context)
        if self.tells_of_others and request.method == "GET" and answer.status_code == 200:
            obj = self.get_object(request, object_id)
            if obj is not None:
                self._audit(request, obj, "viewed", "")
        return answer

    def _audit(self, request: HttpRequest, obj: Any, verb: str, message: Any) -> None:
        record(
            f"admin.{obj._meta.model_name}.{verb}",
            actor=actor_of(request),
            organization=_owner(obj),
            now=now(),
            target=target_of(obj),
            details={"message": message} if message else {},
        )


class Unfinished(admin.SimpleListFilter):
    """By state: the `unfinished` ones, called `words`, unless another or all are asked for."""

    title = "state"
    parameter_name = "state"
    states: ClassVar[tuple[str, ...]]
    unfinished: ClassVar[tuple[str, ...]]
    words: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices beside that of the unfinished."""
        return [("all", "all"), *((state, state) for state in self.states)]

    def choices(self, changelist: Any) -> Any:
        """Yield the choices, the default one under its own name."""
        first, *others = super().choices(changelist)
        yield {**first, "display": self.words}
        yield from others

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> Any:
        """Return the rows that are in the state chosen."""
        chosen = {None: self.unfinished, "all": self.states}
        return queryset.filter(state__in=chosen.get(self.value(), (self.value() or "",)))


class ReadOnly(Watched):
    """An admin page on which rows are looked at, and acted on at most."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let the list and its actions be used, but no row be edited."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        """Call it a page to look at, whatever actions it offers."""
        return {**super().get_model_perms(request), "change": False}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let nothing be edited."""
        return self.fields or [field.name for field in self.opts.fields]


class Outlived(ReadOnly):
    """A page of rows that know their organization by id alone: it may be gone."""

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows with the slug of each one's organization."""
        rows: models.QuerySet[Any] = super().get_queryset(request)
        owner = Organization.objects.filter(pk=models.OuterRef("organization_id")).values("slug")
        named: models.QuerySet[Any] = rows.annotate(slug=models.Subquery(owner))
        return named

    @admin.display(description="organization", ordering="slug")
    def of(self, row: Any) -> str:
        """Return whose row it is."""
        return str(row.slug or row.organization_id)


class Below(admin.TabularInline):  # type: ignore[type-arg]
    """Rows that are shown below the one they belong to, and never edited."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the domain writes them."""
        return False

    has_change_permission = has_add_permission
