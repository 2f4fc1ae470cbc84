"""The true labels that come back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag
from starlette.requests import Request

from ratchet.access.roles import Role
from ratchet.classifier import Label, LabelSource, Truth
from ratchet.errors import ForbiddenError, RatchetError
from ratchet.web.asgi import asked
from ratchet.web.asking import Asked, Caller, Own, who_of
from ratchet.web.problems import problem

router = APIRouter(tags=["labels"])

LEAST: dict[LabelSource, Role] = {
    "user": Role.USER,
    "expert": Role.LABELLER,
    "outcome": Role.DEVELOPER,
    "import": Role.DEVELOPER,
}
"""What role it takes to say that a label came so."""
MOST = 1_000
"""Labels of one request: they are kept in one transaction."""


class FeedbackBody(BaseModel):
    """The true label of an answer."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=64, description="The id that came with the answer.")
    label: str = Field(description="The true class, as GET info spells it.")
    source: LabelSource = Field(default="user", description="How the label came.")


class NotKept(BaseModel):
    """A label of several that was not kept; the others are."""

    problem: dict[str, Any]
    """Why, as the problem document that it would be by itself."""


ONE, SEVERAL = "one", "several"
"""What a body is: told before it is looked over, so that mistakes are told of what it was meant to be."""
Body = Annotated[
    Annotated[FeedbackBody, Tag(ONE)]
    | Annotated[list[FeedbackBody], Field(min_length=1, max_length=MOST), Tag(SEVERAL)],
    Discriminator(lambda body: SEVERAL if isinstance(body, list) else ONE),
]


@router.post("/feedback", status_code=201, summary="Say what the true label of an answer was, or of several")
async def feedback(
    request: Request, classifier: Asked, own: Own, caller: Caller, body: Body
) -> Label | list[Label | NotKept]:
    """Of several labels for one answer the last counts; all are kept, with who said so.

    What the same caller says again is not kept twice.  An array is answered in its order; a label of it that cannot be
    kept has its ``problem`` there.
    """
    said = [body] if isinstance(body, FeedbackBody) else body
    for each in said:
        _check_role(request, each.source)
    if isinstance(body, FeedbackBody):
        return await own.writing.run(classifier.feedback, body.id, body.label, actor=caller, source=body.source)
    truths = [Truth(id=each.id, label=each.label, source=each.source) for each in said]
    kept = await own.writing.run(classifier.feedback_all, truths, actor=caller)
    return [
        NotKept(problem=problem(each, asked(request.scope))) if isinstance(each, RatchetError) else each
        for each in kept
    ]


def _check_role(request: Request, source: LabelSource) -> None:
    least = LEAST[source]
    if not who_of(request).role.includes(least):
        raise ForbiddenError(
            f"a label of the source {source} needs the role {least}", todo="leave source out: what a user says"
        )
