"""What Morango replicates: a case with a number and its content."""

from django.db import models
from morango.models import SyncableModel


class Case(SyncableModel):
    """One case; `station` is the id of the root certificate, which names the partition."""

    morango_profile = "bench"
    morango_model_name = "case"
    uuid_input_fields = ("number",)

    number = models.CharField(max_length=8)
    station = models.CharField(max_length=32)
    body = models.TextField()

    def calculate_source_id(self, *_args):
        return self.number

    def calculate_partition(self, *_args):
        return self.station


class Visitor:
    """Whoever asks for a certificate: Morango wants an account, and everybody has one here."""

    is_active = is_authenticated = True

    def has_morango_certificate_scope_permission(self, _scope, _params):
        return True


class Everybody:
    """Django's way of asking who somebody is."""

    def authenticate(self, _request, **_told):
        return Visitor()
