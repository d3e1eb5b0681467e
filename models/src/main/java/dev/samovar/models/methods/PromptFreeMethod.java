package dev.samovar.models.methods;

import dev.samovar.core.optim.Adam;
import dev.samovar.core.optim.Optimizer;
import dev.samovar.core.tensor.Tensor;
import java.util.List;
import java.util.SequencedMap;

/// A method without prompts that predicts all classes at once. It learns with cross entropy plus soft Dice and Adam. The paper's learning
/// rate falls on plateaus ([Course.Plateau]); a head's default falls along a cosine.
///
/// *How to Efficiently Adapt Large Segmentation Model (SAM) to Medical Images* (Hu, Xu, Shi; arXiv 2306.13731); scripts/main_autosam_seg.py and main_baseline.py of the AutoSAM code @
/// 50a6ff4.
public sealed interface PromptFreeMethod extends Method permits HeadMethod, UNetMethod {
    @Override
    default boolean prompted() {
        return false;
    }

    @Override
    default Defaults paper() {
        return new Defaults(120, 5e-4, new Course.Plateau(), 4, "paper", false);
    }

    @Override
    default Optimizer optimizer(SequencedMap<String, Tensor> parameters, double learningRate) {
        return new Adam(parameters, learningRate);
    }

    @Override
    default List<String> losses() {
        return List.of("cross_entropy", "dice_loss");
    }
}
