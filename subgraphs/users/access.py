"""Who may: the rule of every field."""

from shared.graphql.access import PATIENT, PUBLIC, SIGNED_IN, VISIBLE, Rules, only, permission, service
from shared.graphql.documents import DOCUMENT_RULES
from subgraphs.users.service import Sight

RULES: Rules = {
    "Query.user": SIGNED_IN,
    "Query.users": permission("users:read"),
    "Mutation.registerUser": PUBLIC,
    "Mutation.updateUser": PATIENT,
    "Mutation.createUserDocumentUpload": PATIENT,
    "Mutation.completeUserDocumentUpload": PATIENT,
    "Mutation.deleteUserDocument": PATIENT,
    "Account.*": VISIBLE,
    "User.*": VISIBLE,
    "User.accountId": service("users:read"),
    "User.documents": only(
        "Requires the patient themselves, or a doctor with a confirmed appointment.",
        lambda _caller, user: user.sight is Sight.DOCUMENTS,
    ),
    "UserConnection.*": VISIBLE,
    "UserEdge.*": VISIBLE,
    "PageInfo.*": VISIBLE,
    "RegisterUserPayload.*": VISIBLE,
    "UpdateUserPayload.*": VISIBLE,
    **DOCUMENT_RULES,
}
