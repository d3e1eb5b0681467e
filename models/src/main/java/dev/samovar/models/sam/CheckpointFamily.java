package dev.samovar.models.sam;

import java.util.Collection;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Relatives of SAM, recognized by the names of their tensors: what a checkpoint is if it is not, or not only, a SAM.
///
/// If the tensors of one family may also match another, its constant comes first.
public enum CheckpointFamily {
    /// SAM 3: a detector that reads text, and a tracker (facebookresearch/sam3; `Sam3Model` of transformers).
    SAM_3("SAM 3", "language_backbone\\.|vision_backbone\\.trunk\\.|^(sam3_model|detector_model)\\.|^detr_encoder\\."),
    /// SAM 2 and 2.1, with a memory of frames (facebookresearch/sam2; `Sam2Model` of transformers).
    SAM_2("SAM 2", "image_encoder\\.trunk\\.|sam_mask_decoder\\.|sam_prompt_encoder\\.|memory_(encoder|attention)\\.|"
            + "^no_memory_(positional_)?(embedding|encoding)$|vision_encoder\\.backbone\\."),
    /// MobileSAM, whose image encoder is a TinyViT (ChaoningZhang/MobileSAM).
    MOBILE_SAM("MobileSAM", "patch_embed\\.seq\\.0\\.c\\.weight$|layers\\.0\\.blocks\\.0\\.conv1\\.c\\.weight$"),
    /// EfficientSAM (yformer/EfficientSAM).
    EFFICIENT_SAM("EfficientSAM", "prompt_encoder\\.(invalid_points|bbox_top_left_embeddings)\\.|"
            + "mask_decoder\\.transformer\\.layers\\.\\d+\\.mlp\\.(layers\\.0\\.0|fc)\\."),
    /// EfficientViT-SAM (mit-han-lab/efficientvit).
    EFFICIENTVIT_SAM("EfficientViT-SAM", "image_encoder\\.backbone\\.(input_stem|stages)\\."),
    /// SAM-HQ, whose decoder has a high-quality token (SysCV/sam-hq; `SamHQModel` of transformers).
    SAM_HQ("SAM-HQ", "mask_decoder\\.(hf_token|hf_mlp|hq_token|hq_mask_mlp|compress_vit_feat|embedding_maskfeature)\\b"),
    /// Low-rank updates that cannot be merged into a base, or have none.
    LORA("low-rank updates (LoRA) of a SAM", "lora_|(^|\\.)linear_[ab]_[qv]\\.|^w_[ab]_\\d+$"),
    /// Small layers inserted into SAM's (SAM-Med2D, Medical SAM Adapter, SAM-Adapter).
    ADAPTERS("a SAM with adapters", "(?i)adapter|\\.prompt_generator\\."),
    /// A vision transformer of timm, or another with timm's names.
    TIMM("a vision transformer in timm's names", "blocks\\.0\\.mlp\\.fc1\\.weight$");

    private final String title;
    private final Pattern sign;

    CheckpointFamily(String title, String sign) {
        this.title = title;
        this.sign = Pattern.compile(sign);
    }

    /// What such a checkpoint is, to follow "it is".
    public String title() {
        return title;
    }

    /// The message about a checkpoint of this family that cannot be read.
    String instead() {
        return "the checkpoint is " + title + switch (this) {
            case MOBILE_SAM -> ", but not a whole one";
            case LORA, ADAPTERS, TIMM -> " and no plain SAM";
            case SAM_3, SAM_2, EFFICIENT_SAM, EFFICIENTVIT_SAM, SAM_HQ ->
                ", which is not read here (SAM, MedSAM, MobileSAM and LiteMedSAM are)";
        };
    }

    /// The family to which tensors with these names belong, if one of the names reveals it.
    public static Optional<CheckpointFamily> of(Collection<String> tensors) {
        return Stream.of(values()).filter(family -> tensors.stream().anyMatch(name -> family.sign.matcher(name).find())).findFirst();
    }
}
