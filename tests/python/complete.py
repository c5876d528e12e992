"""Runs all of scim2-tester's checks against a server, and reads every resource through scim2-models.

The tester fills attributes with random values of their type. HELD says which of them this server's directory can hold beyond
what a schema can say, one by one; everything else stays as the tester makes it.

Usage: complete.py BASE_URL TOKEN CERTIFICATE [DIRECTORY]: openldap (also for what is like it), or ad
"""

import base64
import pathlib
import sys

import httpx2
import scim2_tester.checkers.patch_add
import scim2_tester.checkers.patch_replace
import scim2_tester.checkers.resource_put
import scim2_tester.filling
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ListResponse, SearchRequest
from scim2_tester import Status, check_server

GOOD = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


# Where a photo is octets, by its type.
OCTETS = {"ad": {"photo", "thumbnail"}}.get(sys.argv[4] if len(sys.argv) > 4 else "", {"photo"})


def certificate(element):
    """RFC 7643 section 4.1.2 wants X.509 certificates in DER; random octets are none, and the directory looks."""
    element.value = base64.b64encode(pathlib.Path(sys.argv[3]).read_bytes())


def photo(element):
    """A photo is kept in jpegPhoto, as octets; a thumbnail is kept as the URL that it is, but in Active Directory."""
    if element.type in OCTETS:
        element.value = "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff\xd9").decode()


def address(element):
    """At home an address is one text (homePostalAddress, RFC 4524): its parts have no place in the standard schemas. A country is
    an ISO 3166-1 code of two letters (RFC 7643 section 4.1.2), which Active Directory insists on."""
    if element.country:
        element.country = "DE"
    if element.type == "home":
        for part in ("street_address", "locality", "region", "postal_code", "country"):
            setattr(element, part, None)


def email(element):
    """LDAP's mail has no primary value: the only address for work is it, and no other."""
    element.primary = True if element.type == "work" else None


def enterprise(element):
    """Active Directory has room for 16 characters (employeeID)."""
    element.employee_number = element.employee_number and element.employee_number[:16]


HELD = {"x509certificates": certificate, "photos": photo, "addresses": address, "emails": email}
EXTENSION = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def held(name, elements):
    """Fits the elements of the attribute, as a schema or a model calls it."""
    fit = HELD.get(name.replace("_", "").lower())
    for element in elements or [] if fit else []:
        fit(element)


def filling(original):
    """The tester's filling of resources, with values that can be held."""

    def fill(context, obj, *arguments, **keywords):
        original(context, obj, *arguments, **keywords)
        for name in type(obj).model_fields:
            held(name, getattr(obj, name, None))
            if name == "EnterpriseUser" and getattr(obj, name) is not None:
                enterprise(getattr(obj, name))
        return obj

    return fill


def generating(original):
    """The tester's generator of an attribute's value, with those that can be held."""

    def generate(context, path, **keywords):
        value = original(context, path=path, **keywords)
        if str(path) == f"{EXTENSION}:employeeNumber":
            return value[:16]
        if str(path) == EXTENSION:
            enterprise(value)
        held(str(path), value)
        return value

    return generate


# The tester reads back what it wrote without asking for it. These are returned to who asks (RFC 7643 section 7, `returned`), and
# the answer to the PATCH itself, which the tester looks at first, had them.
ON_REQUEST = {"photos", "x509Certificates"}


# What a person is never without. inetOrgPerson demands a cn and an sn, which the server fills in again from what is left
# (RFC 7643 section 2.4 lets it have a default); nobody is neither active nor not.
NEVER_WITHOUT = {"name", "active"}


def explained(result):
    """Whether it is no failure that the tester calls one."""
    data = result.data if isinstance(result.data, dict) else {}
    given, returned = data.get("expected"), data.get("modify_actual")
    if data.get("urn") == "name" and given is not None and returned is not None:
        # Where the full name is made of the others it is read-only, and comes back all the same.
        return given.formatted is None and returned.model_copy(update={"formatted": None}) == given
    if result.title == "check_remove_attribute" and data.get("urn") in NEVER_WITHOUT:
        return "did not remove" in result.reason or "was not removed" in result.reason
    return data.get("urn") in ON_REQUEST and "actual" in data and data["actual"] is None


def read_all(client, model):
    """Every resource of the type, each checked by its model."""
    seen = set()
    while True:
        page = client.query(model, query_parameters=SearchRequest(start_index=len(seen) + 1, count=200))
        assert isinstance(page, ListResponse), page
        if not page.resources:
            break
        seen.update(resource.id for resource in page.resources)
    assert len(seen) == page.total_results, f"{model.__name__}: {len(seen)} of {page.total_results}"
    return len(seen)


def main(base, token):
    generate = generating(scim2_tester.filling.generate_random_value)
    for module in (scim2_tester.checkers.patch_add, scim2_tester.checkers.patch_replace):
        module.generate_random_value = generate
    fill = filling(scim2_tester.filling.fill_with_random_values)
    for module in (scim2_tester.filling, scim2_tester.checkers.resource_put):
        module.fill_with_random_values = fill
    http = httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    client = SyncSCIMClient(http)
    results = check_server(client)
    failed = 0
    skipped = 0
    for result in results:
        good = result.status in GOOD or explained(result)
        skipped += result.status == Status.SKIPPED
        failed += not good and result.status != Status.SKIPPED
        status = "EXPLAINED" if good and result.status not in GOOD else result.status.name
        print(status, result.resource_type or "", result.title, "" if result.status in GOOD else f"{result.reason} {result.data}")
    print(f"{len([r for r in results if r.status in GOOD])} checks passed, {failed} failed, {skipped} skipped")
    for resource_type in client.provider.resource_types:
        model = client.provider.model_for(resource_type)
        print(f"{read_all(client, model)} resources of type {resource_type.name} are what their schema says")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
