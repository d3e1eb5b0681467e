package dev.samovar.models.methods;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Json;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.models.sam.SamConfig;
import dev.samovar.models.unet.SimClr;
import dev.samovar.models.unet.UNet;
import dev.samovar.models.unet.UNetEncoder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A U-Net without SAM, the baseline of the heads' paper. Recipe and losses are those of a head.
///
/// It starts from random weights, or from an encoder that was pretrained without labels. It learns from slices as they are, or with SAM's prior maps
/// ([dev.samovar.models.augment.PriorMaps]), or from both ([#ensemble]).
///
/// *How to Efficiently Adapt Large Segmentation Model (SAM) to Medical Images* (Hu, Xu, Shi; arXiv 2306.13731); scripts/main_baseline.py of the AutoSAM code @ 50a6ff4.
///
/// @param width channels of its uppermost level, in the paper's code 64
/// @param priors how SAM finds the masks that it sees as prior maps; null if it sees slices as they are
/// @param ensemble whether it sees slices without the maps, too: it learns from both, by the sum of their losses, and answers with the mean of both
/// @param pretraining how its encoder is pretrained; null if it starts from random weights
public record UNetMethod(int width, @Nullable Priors priors, boolean ensemble, @Nullable Pretraining pretraining)
        implements
            PromptFreeMethod {
    /// Its name.
    static final String TITLE = "unet";

    private static final int CHANNELS = 3;

    /// Checks the sizes, and that the options fit together.
    ///
    /// @throws FormatException if one is out of range, or they do not
    public UNetMethod {
        if (width < 1 || width > 256) throw new FormatException("the U-Net's uppermost level has 1 to 256 channels, not " + width);
        if (ensemble && priors == null)
            throw new FormatException("an ensemble is of slices with and without SAM's prior maps: it needs --input samaug");
        if (priors != null && pretraining != null)
            throw new FormatException("SimCLR learns from slices as they are, and not from SAM's prior maps: choose one of the two");
    }

    /// A U-Net that learns from scratch, from slices as they are.
    public UNetMethod(int width) {
        this(width, null, false, null);
    }

    @Override
    public String title() {
        return TITLE;
    }

    @Override
    public String describe() {
        return "unet of width " + width + (priors == null ? "" : ", on SAM's prior maps (" + priors.masks() + ")") + (ensemble
                ? " and without them"
                : "")
                + (pretraining == null
                        ? ""
                        : ", pre-trained by SimCLR for " + pretraining.epochs() + " epochs in batches of " + pretraining.batch());
    }

    @Override
    public String whatIsTrained() {
        return "U-Net " + (pretraining == null ? "from scratch" : "whose encoder was pre-trained by SimCLR") + (priors == null
                ? ", without SAM"
                : ensemble ? ", on slices with and without SAM’s masks as prior maps" : ", on slices with SAM’s masks as prior maps");
    }

    @Override
    public Input input() {
        return priors == null ? Input.FRAME : ensemble ? Input.FRAME_AND_PRIORS : Input.PRIORS;
    }

    @Override
    public void checkSide(int side) {
        if (side % UNetEncoder.STEP != 0)
            throw new FormatException("the U-Net halves its frame " + UNetEncoder.LEVELS + " times: its side must be a multiple of "
                    + UNetEncoder.STEP + ", not " + side);
    }

    @Override
    public Params initial(TensorFile from, long seed, Device device) {
        return Params.partial(from, UNetEncoder::has, seed, device);
    }

    @Override
    public Network network(Params learnt, TensorFile sam, SamConfig config, int classes) {
        var net = new UNet(learnt, CHANNELS, width, classes);
        return new PromptFreeNetwork(ensemble
                ? List.of(x -> net.forward(x.slice(1, 0, CHANNELS)), x -> net.forward(x.slice(1, CHANNELS, 2 * CHANNELS)))
                : List.of(net::forward));
    }

    @Override
    public @Nullable Pretrained pretrained() {
        return pretraining == null ? null : new PretrainedEncoder(pretraining, width);
    }

    /// The pretraining of its encoder, under a projection; a slice is seen twice.
    private record PretrainedEncoder(Pretraining recipe, int width) implements Pretrained {
        @Override
        public SimClr network(Params learning) {
            return new SimClr(learning, CHANNELS, width);
        }

        @Override
        public long operations(int side) {
            return 2 * UNetEncoder.operations(CHANNELS, width, side);
        }

        @Override
        public long activations(int side) {
            return recipe.batch() * SimClr.activations(width, side);
        }
    }

    private int opinions() {
        return ensemble ? 2 : 1;
    }

    @Override
    public long operations(SamConfig sam, int classes, int side) {
        return opinions() * UNet.operations(CHANNELS, width, classes, side);
    }

    @Override
    public long activations(SamConfig sam, int classes, int side) {
        return opinions() * UNet.activations(width, classes, side);
    }

    @Override
    public Json json() {
        Json json = Json.object().with("kind", TITLE).with("width", width);
        if (priors != null) json = json.with("priors", priors.json()).with("ensemble", ensemble);
        return pretraining == null ? json : json.with("pretraining", pretraining.json());
    }

    static UNetMethod of(Json json) {
        boolean sees = json.has("priors");
        return new UNetMethod(json.at("width").integer(), sees ? Priors.of(json.at("priors")) : null, sees && json.at("ensemble").truth(),
                json.has("pretraining") ? Pretraining.of(json.at("pretraining")) : null);
    }
}
