import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuthenticateRequest(_message.Message):
    __slots__ = ("token",)
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    token: str
    def __init__(self, token: _Optional[str] = ...) -> None: ...

class GetOrganizationRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class Principal(_message.Message):
    __slots__ = ("subject", "name", "memberships", "scopes", "expires_at", "public")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    MEMBERSHIPS_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_FIELD_NUMBER: _ClassVar[int]
    subject: str
    name: str
    memberships: _containers.RepeatedCompositeFieldContainer[Membership]
    scopes: _containers.RepeatedScalarFieldContainer[str]
    expires_at: _timestamp_pb2.Timestamp
    public: bool
    def __init__(self, subject: _Optional[str] = ..., name: _Optional[str] = ..., memberships: _Optional[_Iterable[_Union[Membership, _Mapping]]] = ..., scopes: _Optional[_Iterable[str]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., public: _Optional[bool] = ...) -> None: ...

class Membership(_message.Message):
    __slots__ = ("organization", "role")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    organization: Organization
    role: str
    def __init__(self, organization: _Optional[_Union[Organization, _Mapping]] = ..., role: _Optional[str] = ...) -> None: ...

class Organization(_message.Message):
    __slots__ = ("id", "slug", "name", "suspended", "limits", "settings")
    ID_FIELD_NUMBER: _ClassVar[int]
    SLUG_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    id: str
    slug: str
    name: str
    suspended: bool
    limits: Limits
    settings: Settings
    def __init__(self, id: _Optional[str] = ..., slug: _Optional[str] = ..., name: _Optional[str] = ..., suspended: _Optional[bool] = ..., limits: _Optional[_Union[Limits, _Mapping]] = ..., settings: _Optional[_Union[Settings, _Mapping]] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("requests_per_minute", "events_per_minute", "events_per_month", "sockets", "retention_days", "running_jobs", "rows_per_query", "report_seconds", "export_rows", "result_days")
    REQUESTS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_PER_MINUTE_FIELD_NUMBER: _ClassVar[int]
    EVENTS_PER_MONTH_FIELD_NUMBER: _ClassVar[int]
    SOCKETS_FIELD_NUMBER: _ClassVar[int]
    RETENTION_DAYS_FIELD_NUMBER: _ClassVar[int]
    RUNNING_JOBS_FIELD_NUMBER: _ClassVar[int]
    ROWS_PER_QUERY_FIELD_NUMBER: _ClassVar[int]
    REPORT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EXPORT_ROWS_FIELD_NUMBER: _ClassVar[int]
    RESULT_DAYS_FIELD_NUMBER: _ClassVar[int]
    requests_per_minute: int
    events_per_minute: int
    events_per_month: int
    sockets: int
    retention_days: int
    running_jobs: int
    rows_per_query: int
    report_seconds: int
    export_rows: int
    result_days: int
    def __init__(self, requests_per_minute: _Optional[int] = ..., events_per_minute: _Optional[int] = ..., events_per_month: _Optional[int] = ..., sockets: _Optional[int] = ..., retention_days: _Optional[int] = ..., running_jobs: _Optional[int] = ..., rows_per_query: _Optional[int] = ..., report_seconds: _Optional[int] = ..., export_rows: _Optional[int] = ..., result_days: _Optional[int] = ...) -> None: ...

class Settings(_message.Message):
    __slots__ = ("timezone", "currency", "currency_rates", "store_ip", "bot_filter", "allowed_hosts", "week_start")
    class CurrencyRatesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_RATES_FIELD_NUMBER: _ClassVar[int]
    STORE_IP_FIELD_NUMBER: _ClassVar[int]
    BOT_FILTER_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_HOSTS_FIELD_NUMBER: _ClassVar[int]
    WEEK_START_FIELD_NUMBER: _ClassVar[int]
    timezone: str
    currency: str
    currency_rates: _containers.ScalarMap[str, str]
    store_ip: bool
    bot_filter: bool
    allowed_hosts: _containers.RepeatedScalarFieldContainer[str]
    week_start: str
    def __init__(self, timezone: _Optional[str] = ..., currency: _Optional[str] = ..., currency_rates: _Optional[_Mapping[str, str]] = ..., store_ip: _Optional[bool] = ..., bot_filter: _Optional[bool] = ..., allowed_hosts: _Optional[_Iterable[str]] = ..., week_start: _Optional[str] = ...) -> None: ...
