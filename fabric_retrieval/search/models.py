"""The model of an index, wherever it is now."""

from fabric_retrieval.errors import UserError


def model_of(index, model=None):
    """The `describer.Describer` of an index's model.

    Args:
        index: `Index`.
        model: folder of a SavedModel or grpc://host:port[/name]; None: where it was.

    Raises:
        UserError: it is not there, or is another model than the one that made the index.
    """
    where = model or index.settings.get("saved_model")
    if not where:
        raise UserError(f"The index {index.location} does not know where its model is: give --model.")
    from fabric_retrieval.search.describer import open_model

    describer = open_model(where)
    made_by = index.description
    if describer.fingerprint != made_by.model:
        raise UserError(
            f"The index {index.location} was made by another model: by {made_by.model_name} (fingerprint "
            f"{made_by.model[:16]}), not by that of {where} (fingerprint {describer.fingerprint[:16]}). Give "
            "the one that made it as --model, or make a new index with this one."
        )
    return describer
