#include "table.h"

#include "../../main/cuda/gemm.cu"
#include "../../main/cuda/gemm_tensor.cu"
#include "../../main/cuda/conv2d.cu"
#include "../../main/cuda/conv2d_grouped.cu"
#include "../../main/cuda/conv2d_tensor.cu"
#include "../../main/cuda/layer_norm_tensor.cu"

emulation::Table emulation::product_kernels() {
    return {
        K(conv2d_forward_large), K(conv2d_forward_small), K(conv2d_backward_input_large), K(conv2d_backward_input_small), K(conv2d_backward_weight),
        K(conv2d_grouped_forward), K(conv2d_grouped_backward_input), K(conv2d_grouped_backward_weight),
        K(conv2d_backward_apart_large), K(conv2d_backward_apart_small), K(conv2d_rest),
        K(gemm_nn_large), K(gemm_nn_small), K(gemm_nt_large), K(gemm_nt_small), K(gemm_tn_large), K(gemm_tn_small), K(gemm_tt_large), K(gemm_tt_small), K(add_bias),
        K(gemm_bf16_large), K(gemm_bf16_small), K(gemm_tf32_large), K(gemm_tf32_small), K(pack_bf16_rows), K(pack_tf32_rows), K(pack_bf16_patches),
        K(pack_tf32_patches), K(layer_norm_bf16), K(layer_norm_tf32),
    };
}
