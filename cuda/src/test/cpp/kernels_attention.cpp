#include "table.h"

#include "../../main/cuda/attention_tensor.cu"
#include "../../main/cuda/multi_head_attention.cu"
#include "../../main/cuda/rel_pos_attention.cu"

emulation::Table emulation::attention_kernels() {
    return {
        OF_DIM(rel_pos_attention_bf16), K(rel_pos_attention_tf32_16), K(rel_pos_attention_tf32_32), K(rel_pos_attention_tf32_64), K(rel_pos_attention_tf32_80),
        OF_DIM(block_attention_bf16), K(block_attention_tf32_16), K(block_attention_tf32_32), K(block_attention_tf32_64), K(block_attention_tf32_80), OF_DIM(block_attention_float32),
        OF_DIM(multi_head_attention_forward), K(multi_head_attention_delta), OF_DIM(multi_head_attention_backward_to_keys), OF_DIM(multi_head_attention_backward_to_queries),
        OF_DIM(rel_pos_attention_forward), K(rel_pos_attention_tables), K(rel_pos_attention_delta), OF_DIM(rel_pos_attention_backward_to_keys),
        OF_DIM(rel_pos_attention_backward_to_queries), K(rel_pos_attention_backward_to_offsets),
    };
}
