/// The weights of mini, the small SAM that Samovar trained by itself: a resource, and no class. `BuiltInSam` of `dev.samovar.models` reads it.
///
/// What it has seen and what it can do is in `MODEL_CARD.md`.
module dev.samovar.mini {}
