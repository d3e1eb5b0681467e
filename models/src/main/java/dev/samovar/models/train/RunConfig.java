package dev.samovar.models.train;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.models.data.LabelVolume;
import dev.samovar.models.data.Slices;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// Everything that decides what a training run computes, and all that `predict` needs to repeat it: what `run.json` holds.
///
/// @param head which head
/// @param classNames background first; as many as the head has classes
/// @param preprocessing how slices become inputs
/// @param emptySlices whether slices without a labelled pixel are learnt from; the paper's converter of NIfTI volumes leaves them out
/// @param labelSide side of the square on which the loss is computed, in pixels
/// @param epochs passes over the training slices
/// @param learningRate Adam's, at first
/// @param batch slices per step
/// @param seed of the head's start and the order of slices
/// @param data the dataset's folder
/// @param weights the checkpoint
/// @param sha256 the checkpoint's digest
/// @param kernels what computed: other kernels give other last bits
public record RunConfig(HeadSpec head, List<String> classNames, Preprocessing preprocessing, boolean emptySlices, int labelSide, int epochs,
        double learningRate,
        int batch, long seed,
        Path data, Path weights, String sha256, String kernels) {

    private static final String FORMAT = "samovar-run-1";
    private static final int PAPER_SIDE = 224;

    /// Checks the numbers.
    public RunConfig {
        classNames = List.copyOf(classNames);
        if (classNames.size() < 2 || classNames.size() > 256)
            throw new FormatException("a segmentation has 2 to 256 classes with the background, not " + classNames.size());
        if (epochs < 1) throw new FormatException("a run has at least one epoch, not " + epochs);
        if (batch < 1) throw new FormatException("a batch has at least one slice, not " + batch);
        if (!(learningRate > 0) || learningRate > 1)
            throw new FormatException("the learning rate is above 0 and at most 1, not " + learningRate);
        if (labelSide < 8 || labelSide > 4096)
            throw new FormatException("the loss is computed on 8 to 4096 pixels a side, not " + labelSide);
    }

    /// The side of the square on which the loss is computed if nobody says otherwise: the paper's 224, but no more than the encoder sees.
    public static int labelSide(SamConfig sam) {
        return Math.min(PAPER_SIDE, sam.imageSize());
    }

    /// Classes, background included.
    public int classes() {
        return classNames.size();
    }

    /// The numbers of the slices of a labelled volume that are learnt from, or validated on.
    public List<Integer> learntFrom(LabelVolume label) {
        Slices slices = Slices.of(label.geometry());
        return IntStream.range(0, slices.count()).filter(s -> emptySlices || !isEmpty(slices.cut(label, s))).boxed().toList();
    }

    private static boolean isEmpty(byte[] classes) {
        for (byte c : classes) if (c != 0) return false;
        return true;
    }

    /// As `run.json` holds it.
    public Json json() {
        return Json.object().with("format", FORMAT).with("head", head.json()).with("classNames", classNames)
                .with("preprocessing", preprocessing.name()).with("emptySlices", emptySlices).with("labelSide", labelSide).with("epochs",
                        epochs).with("learningRate",
                                learningRate)
                .with("batch", batch).with("seed", seed).with("data", data.toString()).with("weights", weights.toString()).with(
                        "weightsSha256", sha256)
                .with("kernels", kernels);
    }

    /// From `run.json`.
    ///
    /// @throws FormatException if it is not one
    static RunConfig read(Path file) {
        Json json = Json.read(file);
        if (!json.isObject() || !json.has("format") || !json.at("format").string().equals(FORMAT))
            throw new FormatException(file + ": it does not describe a run of this version (" + FORMAT + ")");
        String preprocessing = json.at("preprocessing").string();
        for (Preprocessing p : Preprocessing.values()) {
            if (!p.name().equals(preprocessing)) continue;
            return new RunConfig(HeadSpec.of(json.at("head")), json.at("classNames").strings(), p, json.at("emptySlices").truth(),
                    json.at("labelSide").integer(), json.at("epochs").integer(), json.at("learningRate").number(),
                    json.at("batch").integer(), json.at("seed").whole(), Path.of(json.at("data").string()),
                    Path.of(json.at("weights").string()), json.at("weightsSha256").string(), json.at("kernels").string());
        }
        throw new FormatException(file + ": there is no preprocessing " + FormatException.shown(preprocessing));
    }
}
