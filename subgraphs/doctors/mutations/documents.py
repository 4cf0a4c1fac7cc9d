"""A doctor's own documents."""

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
from subgraphs.doctors.loaders import Info


@strawberry.type
class DocumentMutations:
    @strawberry.mutation(description="Announce a document of one's own; the answer says where to send the file.")
    async def create_doctor_document_upload(
        self, info: Info, input: CreateDocumentUploadInput
    ) -> CreateDocumentUploadPayload | None:
        caller, archive = info.context.caller, info.context.service.archive
        try:
            record, target = await archive.begin(caller, caller.doctor_id or "", input.read())
        except Refusal as refusal:
            return CreateDocumentUploadPayload(user_errors=[ProfileError.of(refusal)])
        return CreateDocumentUploadPayload(document=Document.of(record, archive), upload=UploadTarget.of(target))

    @strawberry.mutation(description="Have a file checked that was sent; it is AVAILABLE, or REJECTED with the reason.")
    async def complete_doctor_document_upload(
        self, info: Info, input: CompleteDocumentUploadInput
    ) -> CompleteDocumentUploadPayload | None:
        caller, archive = info.context.caller, info.context.service.archive
        try:
            completion = await archive.complete(caller, caller.doctor_id or "", input.document_id)
        except Refusal as refusal:
            return CompleteDocumentUploadPayload(user_errors=[ProfileError.of(refusal)])
        return CompleteDocumentUploadPayload.of(completion, archive)

    @strawberry.mutation(description="Delete a document of one's own.")
    async def delete_doctor_document(self, info: Info, input: DeleteDocumentInput) -> DeleteDocumentPayload | None:
        caller, archive = info.context.caller, info.context.service.archive
        try:
            await archive.delete(caller, caller.doctor_id or "", input.document_id)
        except Refusal as refusal:
            return DeleteDocumentPayload(user_errors=[ProfileError.of(refusal)])
        return DeleteDocumentPayload(deleted_document_id=input.document_id)
