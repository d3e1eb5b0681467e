package dev.samovar.convert;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A checkpoint that others publish, as far as its figures were verified: what is not known is null, not guessed.
///
/// @param model the model
/// @param file what its publisher calls the file
/// @param size its size as its tensors tell it, in words; null if not known
/// @param sha256 its digest; null if not known
/// @param address the page that says where to download it
/// @param licence of the code that it comes with
public record OfficialWeights(String model, String file, @Nullable String size, @Nullable String sha256, String address, String licence) {
    private static final String SAM = "https://github.com/facebookresearch/segment-anything#model-checkpoints",
            MEDSAM = "https://github.com/bowang-lab/MedSAM", MOBILE_SAM = "https://github.com/ChaoningZhang/MobileSAM",
            APACHE = "Apache-2.0";

    /// Those that Samovar was made for.
    public static final List<OfficialWeights> ALL = List.of(
            new OfficialWeights("SAM vit_b", "sam_vit_b_01ec64.pth", "375 MB", null, SAM, APACHE),
            new OfficialWeights("SAM vit_l", "sam_vit_l_0b3195.pth", "1.25 GB", null, SAM, APACHE),
            new OfficialWeights("SAM vit_h", "sam_vit_h_4b8939.pth", "2.56 GB", null, SAM, APACHE),
            new OfficialWeights("MedSAM", "medsam_vit_b.pth", "375 MB", null, MEDSAM, APACHE),
            new OfficialWeights("MobileSAM", "mobile_sam.pt", "41 MB", null, MOBILE_SAM, APACHE),
            new OfficialWeights("LiteMedSAM", "lite_medsam.pth", null, null, MEDSAM, APACHE));

    /// The weights with a digest, if it is known.
    public static Optional<OfficialWeights> ofDigest(String sha256) {
        return ALL.stream().filter(weights -> sha256.equalsIgnoreCase(weights.sha256())).findFirst();
    }
}
