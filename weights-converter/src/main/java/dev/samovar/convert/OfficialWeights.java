package dev.samovar.convert;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A checkpoint that others publish. Only verified facts are given: what is not known is null, not guessed.
///
/// @param model the model
/// @param file the publisher's name for the file
/// @param size the model's size according to its tensors, in words; null if not known
/// @param sha256 its digest; null if not known
/// @param address the page that says where to download it
/// @param licence of the code that it comes with
public record OfficialWeights(String model, String file, @Nullable String size, @Nullable String sha256, String address, String licence) {
    private static final String SAM = "https://github.com/facebookresearch/segment-anything#model-checkpoints",
            MEDSAM = "https://github.com/bowang-lab/MedSAM", MOBILE_SAM = "https://github.com/ChaoningZhang/MobileSAM",
            APACHE = "Apache-2.0";

    /// The checkpoints that Samovar is made for.
    public static final List<OfficialWeights> ALL = List.of(new OfficialWeights("SAM vit_b", "sam_vit_b_01ec64.pth", "375 MB",
            "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912", SAM, APACHE),
            new OfficialWeights("SAM vit_l", "sam_vit_l_0b3195.pth", "1.25 GB",
                    "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622", SAM, APACHE),
            new OfficialWeights("SAM vit_h", "sam_vit_h_4b8939.pth", "2.56 GB",
                    "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e", SAM, APACHE),
            new OfficialWeights("MedSAM", "medsam_vit_b.pth", "375 MB", null, MEDSAM, APACHE),
            new OfficialWeights("MobileSAM", "mobile_sam.pt", "41 MB", "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
                    MOBILE_SAM, APACHE),
            new OfficialWeights("LiteMedSAM", "lite_medsam.pth", null, null, MEDSAM, APACHE));

    /// The weights with this digest, if it is known.
    public static Optional<OfficialWeights> ofDigest(String sha256) {
        return ALL.stream().filter(weights -> sha256.equalsIgnoreCase(weights.sha256())).findFirst();
    }
}
