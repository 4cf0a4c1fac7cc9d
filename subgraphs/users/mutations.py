"""The mutations."""

import strawberry

from shared.errors import Refusal
from shared.graphql.documents import (
    CompleteDocumentUploadInput,
    CompleteDocumentUploadPayload,
    CreateDocumentUploadInput,
    CreateDocumentUploadPayload,
    DeleteDocumentInput,
    DeleteDocumentPayload,
    Document,
    ProfileError,
    UploadTarget,
)
from subgraphs.users.inputs import RegisterUserInput, UpdateUserInput
from subgraphs.users.loaders import Info
from subgraphs.users.service import Sight
from subgraphs.users.types import RegisterUserPayload, UpdateUserPayload, User


@strawberry.type
class Mutation:
    @strawberry.mutation(description="Join as a patient. A mail asks to verify the e-mail address.")
    async def register_user(self, info: Info, input: RegisterUserInput) -> RegisterUserPayload | None:
        try:
            user = await info.context.service.registration.register(input.read())
        except Refusal as refusal:
            return RegisterUserPayload(user_errors=[ProfileError.of(refusal)])
        return RegisterUserPayload(user=User.of(user, Sight.DOCUMENTS))

    @strawberry.mutation(description="Change one's own profile; what is not sent stays as it is.")
    async def update_user(self, info: Info, input: UpdateUserInput) -> UpdateUserPayload | None:
        try:
            user = await info.context.service.profiles.update(info.context.caller, input.read())
        except Refusal as refusal:
            return UpdateUserPayload(user_errors=[ProfileError.of(refusal)])
        return UpdateUserPayload(user=User.of(user, Sight.DOCUMENTS))

    @strawberry.mutation(description="Announce a document of one's own; the answer says where to send the file.")
    async def create_user_document_upload(
        self, info: Info, input: CreateDocumentUploadInput
    ) -> CreateDocumentUploadPayload | None:
        caller, archive = info.context.caller, info.context.service.archive
        try:
            record, target = await archive.begin(caller, caller.user_id or "", input.read())
        except Refusal as refusal:
            return CreateDocumentUploadPayload(user_errors=[ProfileError.of(refusal)])
        return CreateDocumentUploadPayload(document=Document.of(record, archive), upload=UploadTarget.of(target))

    @strawberry.mutation(description="Have a file checked that was sent; it is AVAILABLE, or REJECTED with the reason.")
    async def complete_user_document_upload(
        self, info: Info, input: CompleteDocumentUploadInput
    ) -> CompleteDocumentUploadPayload | None:
        caller, archive = info.context.caller, info.context.service.archive
        try:
            completion = await archive.complete(caller, caller.user_id or "", input.document_id)
        except Refusal as refusal:
            return CompleteDocumentUploadPayload(user_errors=[ProfileError.of(refusal)])
        return CompleteDocumentUploadPayload.of(completion, archive)

    @strawberry.mutation(description="Delete a document of one's own.")
    async def delete_user_document(self, info: Info, input: DeleteDocumentInput) -> DeleteDocumentPayload | None:
        caller, archive = info.context.caller, info.context.service.archive
        try:
            await archive.delete(caller, caller.user_id or "", input.document_id)
        except Refusal as refusal:
            return DeleteDocumentPayload(user_errors=[ProfileError.of(refusal)])
        return DeleteDocumentPayload(deleted_document_id=input.document_id)
