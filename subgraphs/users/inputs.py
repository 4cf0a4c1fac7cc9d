"""What clients send."""

from datetime import date
from typing import cast

import strawberry

from subgraphs.users.repository import UserQuery
from subgraphs.users.service import NewUser, UserChanges


@strawberry.input
class UserFilter:
    email: str | None = None
    text: str | None = None

    def read(self) -> UserQuery:
        """Answer the query."""
        return UserQuery(email=self.email, text=self.text)


@strawberry.input
class RegisterUserInput:
    email: str
    password: str
    first_name: str
    last_name: str
    date_of_birth: date | None = None
    phone: str | None = None
    time_zone: str
    locale: str | None = None

    def read(self) -> NewUser:
        """Answer what was filled in, unchecked."""
        return NewUser(
            email=self.email,
            password=self.password,
            first_name=self.first_name,
            last_name=self.last_name,
            time_zone=self.time_zone,
            phone=self.phone,
            date_of_birth=self.date_of_birth,
            locale=self.locale,
        )


@strawberry.input
class UpdateUserInput:
    first_name: str | None = strawberry.UNSET
    last_name: str | None = strawberry.UNSET
    date_of_birth: date | None = strawberry.UNSET
    phone: str | None = strawberry.UNSET
    time_zone: str | None = strawberry.UNSET
    locale: str | None = strawberry.UNSET

    def read(self) -> UserChanges:
        """Answer only what was sent: a null is not the same as nothing."""
        sent = {name: value for name, value in vars(self).items() if value is not strawberry.UNSET}
        return cast("UserChanges", sent)
