"""All claims, in the order of the report."""

from fabric_retrieval.study.report import claims_dimension, claims_methods, claims_ratio


def all_claims(measured):
    """The list of `Claim`s, each computed from a `Measured` study."""
    return [
        claims_methods.focus_ranking_above_all(measured),
        claims_methods.focus_ranking_above_semi_hard(measured),
        claims_methods.trained_above_alex(measured),
        claims_dimension.metric_loses_little(measured),
        claims_methods.gap_widens_with_distractors(measured),
        claims_ratio.recall_rises_with_the_ratio(measured),
        claims_ratio.recall_flattens(measured),
        claims_dimension.pair_least_sensitive(measured),
        claims_methods.softmax_above_pair_in_some(measured),
        claims_methods.triplet_second_in_most(measured),
        claims_methods.focus_ranking_above_all_at_each_k(measured),
    ]
