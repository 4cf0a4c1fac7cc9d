"""The rules of composition, each in the module that is named by its error code.

There are five stages, and each one's rules may rely on the stages before: a document that can be read, subgraphs as
read, each subgraph by itself, all of them together, the merged supergraph. Within a stage every rule runs, so that all
that is wrong is said at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from router.composition.facts import Facts
from router.composition.merge import Assembly
from router.composition.model import Subgraph, Supergraph
from router.composition.rules import (
    auth_requirements_applied_on_interface,
    context_invalid_selection,
    context_name_invalid,
    context_no_resolvable_key,
    context_not_set,
    contextual_argument_not_contextual_in_all_subgraphs,
    cost_applied_to_interface_field,
    default_value_uses_inaccessible,
    directive_composition_error,
    directive_definition_invalid,
    directive_in_fields_arg,
    disallowed_inaccessible,
    empty_merged_enum_type,
    empty_merged_input_type,
    enum_value_mismatch,
    extension_with_no_base,
    external_argument_default_mismatch,
    external_argument_missing,
    external_argument_type_mismatch,
    external_collision_with_another_directive,
    external_missing_on_base,
    external_on_interface,
    external_type_mismatch,
    external_unused,
    field_argument_default_mismatch,
    field_argument_type_mismatch,
    field_type_mismatch,
    fields_has_args,
    fields_missing_external,
    implemented_by_inaccessible,
    input_field_default_mismatch,
    interface_field_no_implem,
    interface_key_missing_implementation_type,
    interface_key_not_on_implementation,
    interface_object_usage_error,
    invalid_field_sharing,
    invalid_fields,
    invalid_fields_type,
    invalid_graphql,
    invalid_link_directive_usage,
    invalid_link_identifier,
    invalid_shareable_usage,
    invalid_subgraph_name,
    key_fields_select_invalid_type,
    link_import_name_mismatch,
    list_size_applied_to_non_list,
    list_size_invalid_assumed_size,
    list_size_invalid_sized_field,
    list_size_invalid_slicing_argument,
    merged_directive_application_on_external,
    missing_transitive_auth_requirements,
    no_context_in_selection,
    no_queries,
    only_inaccessible_children,
    override_collision_with_another_directive,
    override_from_self_error,
    override_label_invalid,
    override_on_interface,
    override_source_has_override,
    provides_on_non_object_field,
    query_root_type_inaccessible,
    referenced_inaccessible,
    required_argument_missing_in_some_subgraph,
    required_inaccessible,
    required_input_field_missing_in_some_subgraph,
    requires_in_supergraph,
    root_type_used,
    shareable_has_mismatched_runtime_types,
    type_definition_invalid,
    type_kind_mismatch,
    type_with_only_unused_external,
    unknown_federation_link_version,
    unknown_link_version,
    unsupported_feature,
    unsupported_on_interface,
)
from router.composition.rules.subgraph_document import SubgraphDocument
from router.errors import CompositionIssue

_LINK_RULES = (
    invalid_subgraph_name,
    invalid_link_identifier,
    unknown_link_version,
    unknown_federation_link_version,
    invalid_link_directive_usage,
)
_DEFINITION_RULES = (directive_definition_invalid, type_definition_invalid)
_DOCUMENT_RULES = (invalid_graphql, root_type_used)
_SUBGRAPH_RULES = (
    invalid_fields_type,
    invalid_fields,
    directive_in_fields_arg,
    fields_has_args,
    fields_missing_external,
    key_fields_select_invalid_type,
    unsupported_feature,
    unsupported_on_interface,
    provides_on_non_object_field,
    external_collision_with_another_directive,
    external_on_interface,
    external_unused,
    type_with_only_unused_external,
    interface_key_not_on_implementation,
    interface_object_usage_error,
    invalid_shareable_usage,
    cost_applied_to_interface_field,
    list_size_applied_to_non_list,
    list_size_invalid_assumed_size,
    list_size_invalid_sized_field,
    list_size_invalid_slicing_argument,
    auth_requirements_applied_on_interface,
    context_name_invalid,
    context_not_set,
    no_context_in_selection,
    context_invalid_selection,
    context_no_resolvable_key,
)
_RULES_TOGETHER = (
    directive_composition_error,
    link_import_name_mismatch,
    type_kind_mismatch,
    interface_object_usage_error,
    interface_key_missing_implementation_type,
    field_type_mismatch,
    field_argument_type_mismatch,
    field_argument_default_mismatch,
    required_argument_missing_in_some_subgraph,
    contextual_argument_not_contextual_in_all_subgraphs,
    invalid_field_sharing,
    external_missing_on_base,
    external_type_mismatch,
    external_argument_missing,
    external_argument_type_mismatch,
    external_argument_default_mismatch,
    merged_directive_application_on_external,
    override_from_self_error,
    override_on_interface,
    override_source_has_override,
    override_collision_with_another_directive,
    override_label_invalid,
    input_field_default_mismatch,
    required_input_field_missing_in_some_subgraph,
    empty_merged_input_type,
    enum_value_mismatch,
    empty_merged_enum_type,
    shareable_has_mismatched_runtime_types,
    no_queries,
)
_MERGED_RULES = (
    interface_field_no_implem,
    requires_in_supergraph,
    missing_transitive_auth_requirements,
    query_root_type_inaccessible,
    referenced_inaccessible,
    only_inaccessible_children,
    implemented_by_inaccessible,
    required_inaccessible,
    default_value_uses_inaccessible,
    disallowed_inaccessible,
)


def check_documents(documents: Sequence[SubgraphDocument]) -> Iterator[CompositionIssue]:
    """Check what must hold before an SDL can be read.

    Where a link is wrong, nothing can be said about what it imports; where a definition is, nothing about its uses.
    """
    for document in documents:
        for rules in (_LINK_RULES, _DEFINITION_RULES, _DOCUMENT_RULES):
            issues = [issue for rule in rules for issue in rule.check_document(document)]
            yield from issues
            if issues:
                break


def check_as_read(subgraphs: Sequence[Subgraph]) -> Iterator[CompositionIssue]:
    """Check what the spelling of Federation 1 says, before it is respelled."""
    yield from extension_with_no_base.check_as_read(subgraphs)


def check_subgraphs(facts: Sequence[Facts]) -> Iterator[CompositionIssue]:
    """Check each subgraph by itself."""
    for one in facts:
        for rule in _SUBGRAPH_RULES:
            yield from rule.check(one)


def check_together(assembly: Assembly) -> Iterator[CompositionIssue]:
    """Check what the subgraphs say about the same things."""
    for rule in _RULES_TOGETHER:
        yield from rule.check_together(assembly)


def check_supergraph(sdl: str) -> Iterator[CompositionIssue]:
    """Check the printed supergraph as any reader of it will."""
    yield from invalid_graphql.check_supergraph(sdl)


def check_merged(assembly: Assembly, supergraph: Supergraph) -> Iterator[CompositionIssue]:
    """Check what came of merging them."""
    for rule in _MERGED_RULES:
        yield from rule.check_merged(assembly, supergraph)
