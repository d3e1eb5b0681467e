// The layout of tokens in a block of the image encoder: always that of the pictures, with a row for each token and its heads side by side. Attention reads a window's tokens in place.
#pragma once
#include "common.cuh"

/// Windows of height · width places, `down` · `across` of them over each picture; without windows, the whole picture is one.
struct Block {
    int height, width, down, across, picture_height, picture_width, heads, dim;
    float scale;
};

/// One head of a window: its first token's row, and how many of its lines and columns are in the picture.
struct Window {
    int head, here_height, here_width;
    long long first;

    __device__ bool here(int line, int column) const { return line < here_height && column < here_width; }
};

/// The window of blockIdx.y, which counts pictures, windows, heads.
static __device__ __forceinline__ Window window_of(const Block& s) {
    int window = static_cast<int>(blockIdx.y) / s.heads, picture = window / s.across / s.down, line = window / s.across % s.down * s.height, column = window % s.across * s.width;
    return {static_cast<int>(blockIdx.y) % s.heads, min(s.height, s.picture_height - line), min(s.width, s.picture_width - column),
            (static_cast<long long>(picture) * s.picture_height + line) * s.picture_width + column};
}
