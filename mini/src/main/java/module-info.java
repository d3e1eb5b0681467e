/// The weights of mini, the small SAM that was trained with Samovar, as a resource. There are no classes. `BuiltInSam` of `dev.samovar.models` reads it.
///
/// `MODEL_CARD.md` says what it was trained on and what it can do.
module dev.samovar.mini {}
