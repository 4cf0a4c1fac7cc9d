"""Ratings and reviews of completed appointments, their moderation, and each doctor's aggregate.

Store: MongoDB `bmc_ratings`. Events out: rating.published, rating.moderated. Events in: account.erased (its ratings are
nobody's from then on). Whether an appointment is completed is asked of the appointments subgraph at the moment of
rating.
"""
