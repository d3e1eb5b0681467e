package dev.samovar.models.methods;

import dev.samovar.core.io.Json;

/// Only the mask decoder learns, on embeddings that are computed once, which a laptop does in minutes. Losses, boxes and optimizer are [MedSam]'s.
public record Decoder() implements PromptedMethod {
    /// Its name.
    static final String TITLE = "decoder";

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public String whatIsTrained() {
        return "mask decoder of SAM on its frozen image encoder, prompted with boxes";
    }

    @Override
    public Input input() {
        return Input.EMBEDDING;
    }

    @Override
    public Defaults paper() {
        return new Defaults(100, 1e-4, new Course.Constant(), 4, "sam", true);
    }

    @Override
    public boolean learns(String parameter) {
        return PromptedMethod.isDecoder(parameter);
    }

    @Override
    public Json json() {
        return Json.object().with("kind", TITLE);
    }
}
