"""Runs scim2-tester's checks of discovery and queries against a server that takes no writes.

Its query checks create the resource that they then look for; here they are handed one that is there. Beside them every
resource is read through scim2-models, which refuses what a schema doesn't allow.

Usage: read_only.py BASE_URL TOKEN
"""

import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ListResponse, SearchRequest
from scim2_tester import Status, check_server
from scim2_tester.checkers.resource_query_attributes import _pick_attribute_names
from scim2_tester.utils import ResourceManager

READING = {"discovery", "service-provider-config", "resource-types", "schemas", "misc", "crud:read", "crud:read:attributes"}
GOOD = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


def existing(manager, model, fill_all=False):
    """A resource with all that the check will ask for, in place of a new one."""
    wanted = [name for name in _pick_attribute_names(model) if name]
    for resource in manager.context.client.query(model).resources:
        if all(name in resource.model_dump() for name in wanted):
            return resource
    raise ValueError(f"no {model.__name__} with {wanted} on the first page")


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
    ResourceManager.create_and_register = existing
    http = httpx2.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    client = SyncSCIMClient(http)
    results = check_server(client, include_tags=READING)
    failed = 0
    for result in results:
        if result.status == Status.SKIPPED and not READING & {tag for tag in result.tags}:
            continue
        good = result.status in GOOD
        failed += not good
        print(result.status.name, result.resource_type or "", result.title, "" if good else f"{result.reason} {result.data}")
    print(f"{len([r for r in results if r.status in GOOD])} checks passed, {failed} failed")
    for resource_type in client.provider.resource_types:
        model = client.provider.model_for(resource_type)
        print(f"{read_all(client, model)} resources of type {resource_type.name} are what their schema says")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
