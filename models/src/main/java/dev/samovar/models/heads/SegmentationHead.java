package dev.samovar.models.heads;

import dev.samovar.core.tensor.Tensor;

/// A network trained on top of the frozen image encoder: from an embedding to one score per class and pixel, without a prompt.
///
/// There are the three heads of *How to Efficiently Adapt Large Segmentation Model (SAM) to Medical Images* (Hu, Xu, Shi; arXiv 2306.13731).
public sealed interface SegmentationHead permits VitHead, CnnHead, LinearHead {

    /// Logits of every class: `(B, C, G, G) → (B, K, H, W)`, where `H = W` is 4·G; for a CNN head of depth d it is 2ᵈ·G up to depth 2,
    /// and 2ᵈ⁻²·G above. Class 0 is the background.
    Tensor forward(Tensor embedding);
}
