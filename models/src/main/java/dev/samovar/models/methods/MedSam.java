package dev.samovar.models.methods;

import dev.samovar.core.io.Json;

/// MedSAM: all of SAM except the prompt encoder learns.
///
/// The recipe is MedSAM's: its preparation of slices, boxes with jitter, Dice plus binary cross entropy, AdamW with a rate of 1e-4 and a decay of
/// 0.01, batches of 2. Its code trains for 1000 epochs of a large collection, its paper for 150; the default here is 100.
///
/// *Segment anything in medical images* (Ma and others, Nature Communications 15:654, 2024); train_one_gpu.py of bowang-lab/MedSAM @ d71e8a1.
public record MedSam() implements PromptedMethod {
    /// Its name.
    static final String TITLE = "medsam";

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public String whatIsTrained() {
        return "SAM whose image encoder and mask decoder learnt (as MedSAM’s), prompted with boxes";
    }

    @Override
    public Input input() {
        return Input.PICTURE;
    }

    @Override
    public Defaults paper() {
        return new Defaults(100, 1e-4, new Course.Constant(), 2, "medsam", true);
    }

    @Override
    public boolean learns(String parameter) {
        return parameter.startsWith("image_encoder.") || PromptedMethod.isDecoder(parameter);
    }

    @Override
    public Json json() {
        return Json.object().with("kind", TITLE);
    }
}
