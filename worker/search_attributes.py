"""Registering our search attributes: an unregistered key would stop every ticket at its first upsert."""

from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey

from sla.base.errors import HoldfastError
from workflows.contract import SEARCH_ATTRIBUTES

TYPES = {
    SearchAttributeIndexedValueType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    SearchAttributeIndexedValueType.KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
    SearchAttributeIndexedValueType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    SearchAttributeIndexedValueType.BOOL: IndexedValueType.INDEXED_VALUE_TYPE_BOOL,
    SearchAttributeIndexedValueType.INT: IndexedValueType.INDEXED_VALUE_TYPE_INT,
}


class AttributeConflict(HoldfastError):
    """The namespace has one of our search attributes with another type."""


async def missing_attributes(client: Client) -> tuple[SearchAttributeKey[Any], ...]:
    """Ours that the namespace lacks. Raises AttributeConflict, RPCError."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    present = (await client.operator_service.list_search_attributes(request)).custom_attributes
    for key in SEARCH_ATTRIBUTES:
        if key.name in present and present[key.name] != TYPES[key.indexed_value_type]:
            raise AttributeConflict(
                f"search attribute {key.name} exists in namespace {client.namespace} with another type"
            )
    return tuple(key for key in SEARCH_ATTRIBUTES if key.name not in present)


async def register_attributes(client: Client) -> tuple[str, ...]:
    """Register what is missing; the names that were. Safe to repeat. Raises AttributeConflict, RPCError."""
    missing = await missing_attributes(client)
    if missing:
        wanted = {key.name: TYPES[key.indexed_value_type] for key in missing}
        request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=wanted)
        await client.operator_service.add_search_attributes(request)
    return tuple(key.name for key in missing)
