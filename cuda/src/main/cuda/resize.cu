// Resizing by the four nearest pixels, corners not aligned; one thread for each pixel that is written.
#include "common.cuh"

/// The two of `from` rows (or columns) between which row `i` of `to` lies, and its position between them.
struct Place {
    int low, high;
    float toward_high;
};

// The position is (i + ½) · from/to − ½, computed in integers as ((2i + 1) · from − to) / 2to: the remainder is exact where a float would lose digits.
static __device__ __forceinline__ Place place(int i, int from, int to) {
    long long twice = max(0LL, (2LL * i + 1) * from - to), low = twice / (2LL * to);
    return {static_cast<int>(low), min(static_cast<int>(low) + 1, from - 1), static_cast<float>(twice - low * 2 * to) / (2.0f * to)};
}

KERNEL resize_bilinear_forward(int count, int h, int w, int to_h, int to_w, const float* x, float* y) {
    int i = element();
    if (i >= count) return;
    Place row = place(i / to_w % to_h, h, to_h), column = place(i % to_w, w, to_w);
    const float* plane = x + i / (to_h * to_w) * h * w;
    float above = (1 - column.toward_high) * plane[row.low * w + column.low] + column.toward_high * plane[row.low * w + column.high];
    float below = (1 - column.toward_high) * plane[row.high * w + column.low] + column.toward_high * plane[row.high * w + column.high];
    y[i] = (1 - row.toward_high) * above + row.toward_high * below;
}

/// The weight of row `target` of `from` in row `i` of `to`.
static __device__ __forceinline__ float share(int i, int from, int to, int target) {
    Place p = place(i, from, to);
    return (p.low == target ? 1 - p.toward_high : 0) + (p.high == target ? p.toward_high : 0);
}

/// The first of the rows of `to` that may read row `target` of `from`: those at target − 1 … target + 1, and one more because of rounding.
static __device__ __forceinline__ int first_reader(int target, int from, int to) {
    return target == 0 ? 0 : max(0, static_cast<int>((target - 0.5f) * to / from - 0.5f) - 1);
}

static __device__ __forceinline__ int last_reader(int target, int from, int to) {
    return target == from - 1 ? to - 1 : min(to - 1, static_cast<int>((target + 1.5f) * to / from - 0.5f) + 1);
}

// In the forward pass a pixel of y is a weighted mean of four pixels of x, so here each pixel of x collects its share from all pixels of y that read it.
KERNEL resize_bilinear_backward(int count, int h, int w, int to_h, int to_w, const float* dy, float* dx) {
    int at = element();
    if (at >= count) return;
    int row = at / w % h, column = at % w;
    const float* plane = dy + at / (h * w) * to_h * to_w;
    int left = first_reader(column, w, to_w), right = last_reader(column, w, to_w), bottom = last_reader(row, h, to_h);
    float sum = 0;
    for (int i = first_reader(row, h, to_h); i <= bottom; i++) {
        float down = share(i, h, to_h, row);
        if (down == 0) continue;
        for (int j = left; j <= right; j++) sum += down * share(j, w, to_w, column) * plane[i * to_w + j];
    }
    dx[at] = sum;
}
