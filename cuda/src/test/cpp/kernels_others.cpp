#include "table.h"

#include "../../main/cuda/adam.cu"
#include "../../main/cuda/batch_norm.cu"
#include "../../main/cuda/copy.cu"
#include "../../main/cuda/elementwise.cu"
#include "../../main/cuda/gelu.cu"
#include "../../main/cuda/layer_norm.cu"
#include "../../main/cuda/losses.cu"
#include "../../main/cuda/max_pool.cu"
#include "../../main/cuda/resize.cu"
#include "../../main/cuda/softmax.cu"
#include "../../main/cuda/sum.cu"

emulation::Table emulation::other_kernels() {
    return {
        K(adam_step),
        K(batch_norm_forward), K(batch_norm_backward), K(max_pool_forward), K(max_pool_backward),
        K(copy_forward),
        K(fill_forward), K(add_forward), K(sub_forward), K(mul_forward), K(div_forward), K(affine_forward), K(exp_forward), K(log_forward), K(sqrt_forward), K(sin_forward),
        K(cos_forward), K(relu_forward), K(relu_backward), K(clamp_forward), K(clamp_backward),
        K(gelu_forward), K(gelu_backward),
        K(layer_norm_rows_forward), K(layer_norm_columns_forward), K(layer_norm_rows_backward), K(layer_norm_columns_backward), K(layer_norm_normalised),
        K(cross_entropy_forward), K(cross_entropy_total), K(cross_entropy_backward), K(soft_dice_forward), K(soft_dice_total), K(soft_dice_backward),
        K(cross_entropy_and_dice_forward), K(cross_entropy_and_dice_total), K(cross_entropy_and_dice_backward),
        K(resize_bilinear_forward), K(resize_bilinear_backward),
        K(softmax_rows_forward), K(softmax_columns_forward), K(softmax_rows_backward), K(softmax_columns_backward),
        K(sum_columns), K(sum_rows),
    };
}
