// Every kernel of src/main/cuda, compiled as C++, by name.
#include "launch.h"
#include <map>
#include <string>
#include <utility>

#include "../../main/cuda/adam.cu"
#include "../../main/cuda/attention_tensor.cu"
#include "../../main/cuda/batch_norm.cu"
#include "../../main/cuda/conv2d.cu"
#include "../../main/cuda/conv2d_grouped.cu"
#include "../../main/cuda/conv2d_tensor.cu"
#include "../../main/cuda/copy.cu"
#include "../../main/cuda/elementwise.cu"
#include "../../main/cuda/gelu.cu"
#include "../../main/cuda/gemm.cu"
#include "../../main/cuda/gemm_tensor.cu"
#include "../../main/cuda/layer_norm.cu"
#include "../../main/cuda/layer_norm_tensor.cu"
#include "../../main/cuda/losses.cu"
#include "../../main/cuda/max_pool.cu"
#include "../../main/cuda/multi_head_attention.cu"
#include "../../main/cuda/rel_pos_attention.cu"
#include "../../main/cuda/resize.cu"
#include "../../main/cuda/softmax.cu"
#include "../../main/cuda/sum.cu"

namespace {

template <auto KERNEL_FUNCTION> struct Call;
template <class... Parameters, void (*KERNEL_FUNCTION)(Parameters...)> struct Call<KERNEL_FUNCTION> {
    template <std::size_t... I> static emulation::Body bind(void** at, std::index_sequence<I...>) {
        return [... values = *static_cast<Parameters*>(at[I])] { KERNEL_FUNCTION(values...); };
    }
    static emulation::Body bind(void** at) { return bind(at, std::index_sequence_for<Parameters...>()); }
};

#define K(name) {#name, [](void** at) { return Call<name>::bind(at); }}
#define OF_DIM(name) K(name##_16), K(name##_32), K(name##_64), K(name##_80), K(name##_128)

const std::map<std::string, emulation::Body (*)(void**)> KERNELS = {
    K(adam_step),
    K(batch_norm_forward), K(batch_norm_backward), K(max_pool_forward), K(max_pool_backward),
    OF_DIM(rel_pos_attention_bf16), K(rel_pos_attention_tf32_16), K(rel_pos_attention_tf32_32), K(rel_pos_attention_tf32_64), K(rel_pos_attention_tf32_80),
    OF_DIM(block_attention_bf16), K(block_attention_tf32_16), K(block_attention_tf32_32), K(block_attention_tf32_64), K(block_attention_tf32_80), OF_DIM(block_attention_float32),
    K(conv2d_forward_large), K(conv2d_forward_small), K(conv2d_backward_input_large), K(conv2d_backward_input_small), K(conv2d_backward_weight),
    K(conv2d_grouped_forward), K(conv2d_grouped_backward_input), K(conv2d_grouped_backward_weight),
    K(conv2d_backward_apart_large), K(conv2d_backward_apart_small), K(conv2d_rest),
    K(copy_forward),
    K(fill_forward), K(add_forward), K(sub_forward), K(mul_forward), K(div_forward), K(affine_forward), K(exp_forward), K(log_forward), K(sqrt_forward), K(sin_forward),
    K(cos_forward), K(relu_forward), K(relu_backward), K(clamp_forward), K(clamp_backward),
    K(gelu_forward), K(gelu_backward),
    K(gemm_nn_large), K(gemm_nn_small), K(gemm_nt_large), K(gemm_nt_small), K(gemm_tn_large), K(gemm_tn_small), K(gemm_tt_large), K(gemm_tt_small), K(add_bias),
    K(gemm_bf16_large), K(gemm_bf16_small), K(gemm_tf32_large), K(gemm_tf32_small), K(pack_bf16_rows), K(pack_tf32_rows), K(pack_bf16_patches), K(pack_tf32_patches), K(layer_norm_bf16), K(layer_norm_tf32),
    K(layer_norm_rows_forward), K(layer_norm_columns_forward), K(layer_norm_rows_backward), K(layer_norm_columns_backward), K(layer_norm_normalised),
    K(cross_entropy_forward), K(cross_entropy_total), K(cross_entropy_backward), K(soft_dice_forward), K(soft_dice_total), K(soft_dice_backward),
    K(cross_entropy_and_dice_forward), K(cross_entropy_and_dice_total), K(cross_entropy_and_dice_backward),
    OF_DIM(multi_head_attention_forward), K(multi_head_attention_delta), OF_DIM(multi_head_attention_backward_to_keys), OF_DIM(multi_head_attention_backward_to_queries),
    OF_DIM(rel_pos_attention_forward), K(rel_pos_attention_tables), K(rel_pos_attention_delta), OF_DIM(rel_pos_attention_backward_to_keys),
    OF_DIM(rel_pos_attention_backward_to_queries), K(rel_pos_attention_backward_to_offsets),
    K(resize_bilinear_forward), K(resize_bilinear_backward),
    K(softmax_rows_forward), K(softmax_columns_forward), K(softmax_rows_backward), K(softmax_columns_backward),
    K(sum_columns), K(sum_rows),
};

} // namespace

namespace emulation {

bool exists(const char* name) { return KERNELS.count(name) != 0; }

Body bind(const char* name, void** parameters) { return KERNELS.at(name)(parameters); }

} // namespace emulation
