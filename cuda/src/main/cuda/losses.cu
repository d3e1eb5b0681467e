// The losses: cross entropy and soft Dice, each by itself and both in one pass. Logits and probabilities are (batch, classes, pixels). Labels are bytes
// (batch, pixels), 255 for a pixel that does not count. Each thread has a pixel. The sums of a block of 256 go to `partial`, and one block then adds those up, always in the same order.
#include "common.cuh"

const int IGNORED = 255;

/// The pixel of this thread: the index of its first class, its label, whether it exists, and whether it counts.
struct Pixel {
    int first, label;
    bool inside, counts;
};

static __device__ __forceinline__ Pixel pixel(int batch, int classes, int pixels, const unsigned char* labels) {
    int i = element();
    if (i >= batch * pixels) return {0, 0, false, false};
    return {i / pixels * classes * pixels + i % pixels, labels[i], true, labels[i] != IGNORED};
}

/// The softmax of a pixel's logits: exp(logit − largest) / sum.
struct Softmax {
    const float* logits;
    int pixels;
    float largest, sum;
    __device__ float of(int c) const { return expf(logits[c * pixels] - largest) / sum; }
    __device__ float minus_log(int c) const { return logf(sum) - (logits[c * pixels] - largest); }
};

static __device__ __forceinline__ Softmax softmax(int classes, int pixels, const float* logits) {
    float largest = -INFINITY_F;
    double sum = 0;
    for (int c = 0; c < classes; c++) largest = fmaxf(largest, logits[c * pixels]);
    for (int c = 0; c < classes; c++) sum += expf(logits[c * pixels] - largest);
    return {logits, pixels, largest, static_cast<float>(sum)};
}

/// Adds up column `column` of `partial (rows, columns)`, in double because there may be many rows.
static __device__ __forceinline__ float total(int rows, int columns, int column, const float* partial, double* shared) {
    double sum = 0;
    for (int i = static_cast<int>(threadIdx.x); i < rows; i += 256) sum += partial[i * columns + column];
    __syncthreads();
    shared[threadIdx.x] = sum;
    for (int half = 128; half > 0; half /= 2) {
        __syncthreads();
        if (static_cast<int>(threadIdx.x) < half) shared[threadIdx.x] += shared[threadIdx.x + half];
    }
    __syncthreads();
    return static_cast<float>(shared[0]);
}

// ---- cross entropy

// partial (blocks): −Σ log softmax(logits)[label]
KERNEL cross_entropy_forward(int batch, int classes, int pixels, const float* logits, const unsigned char* labels, float* partial) {
    __shared__ float shared[32];
    Pixel p = pixel(batch, classes, pixels, labels);
    float loss = p.counts ? softmax(classes, pixels, logits + p.first).minus_log(p.label) : 0;
    loss = block_sum(loss, shared);
    if (threadIdx.x == 0) partial[blockIdx.x] = loss;
}

// One block.
KERNEL cross_entropy_total(int blocks, int count, const float* partial, float* loss) {
    __shared__ double shared[256];
    float sum = total(blocks, 1, 0, partial, shared);
    if (threadIdx.x == 0) *loss = sum / count;
}

/// The gradients of a pixel that does not count.
static __device__ __forceinline__ void zero(int classes, int pixels, float* dlogits) {
    for (int c = 0; c < classes; c++) dlogits[c * pixels] = 0;
}

// dlogits = dloss · (softmax − [class = label]) / count
KERNEL cross_entropy_backward(int batch, int classes, int pixels, int count, const float* logits, const unsigned char* labels, const float* dloss, float* dlogits) {
    Pixel p = pixel(batch, classes, pixels, labels);
    if (!p.inside) return;
    if (!p.counts) return zero(classes, pixels, dlogits + p.first);
    float scale = *dloss / count;
    Softmax probability = softmax(classes, pixels, logits + p.first);
    for (int c = 0; c < classes; c++) dlogits[p.first + c * pixels] = scale * (probability.of(c) - (c == p.label ? 1 : 0));
}

// ---- soft Dice: D = 1 − N/M with N = 2·Σ p·g + 1 and M = Σ p² + Σ g² + 1, for each class but 0

struct Dice {
    double n, m; // double, because whether it counts may depend on the last digits
    __device__ bool counts() const { return !(1 - n / m <= 0); } // NaN counts
};

static __device__ __forceinline__ Dice dice(int c, int classes, const float* sums) {
    return {2.0 * sums[c] + 1, static_cast<double>(sums[classes + c]) + sums[2 * classes + c] + 1};
}

static __device__ __forceinline__ int counted(int classes, const float* sums) {
    int count = 0;
    for (int c = 1; c < classes; c++) count += dice(c, classes, sums).counts() ? 1 : 0;
    return count;
}

static __device__ __forceinline__ float mean_dice(int classes, const float* sums) {
    double sum = 0;
    for (int c = 1; c < classes; c++) {
        Dice d = dice(c, classes, sums);
        if (d.counts()) sum += 1 - d.n / d.m;
    }
    int count = counted(classes, sums);
    return count == 0 ? 0 : static_cast<float>(sum / count);
}

/// dD/dp of the class, times `scale`: dN/dp = 2g, dM/dp = 2p.
static __device__ __forceinline__ float dice_slope(int c, int classes, const float* sums, float scale, float p, float g) {
    Dice d = dice(c, classes, sums);
    return c > 0 && d.counts() ? static_cast<float>(scale * (2 * p * d.n - 2 * g * d.m) / (d.m * d.m)) : 0;
}

/// The sums Σ p·g, Σ p² and Σ g² of class c over a block, written to its three columns of `partial (blocks, columns)`.
static __device__ __forceinline__ void put_sums(int c, int classes, int columns, bool inside, float p, float g, float* partial, float* shared) {
    float pg = block_sum(inside ? p * g : 0, shared), pp = block_sum(inside ? p * p : 0, shared), gg = block_sum(inside ? g : 0, shared);
    if (threadIdx.x != 0) return;
    float* row = partial + static_cast<int>(blockIdx.x) * columns;
    row[c] = pg;
    row[classes + c] = pp;
    row[2 * classes + c] = gg;
}

// partial (blocks, 3 · classes)
KERNEL soft_dice_forward(int batch, int classes, int pixels, const float* probabilities, const unsigned char* labels, float* partial) {
    __shared__ float shared[32];
    Pixel x = pixel(batch, classes, pixels, labels);
    for (int c = 0; c < classes; c++) put_sums(c, classes, 3 * classes, x.counts, x.counts ? probabilities[x.first + c * pixels] : 0, x.label == c ? 1 : 0, partial, shared);
}

// One block.
KERNEL soft_dice_total(int blocks, int classes, const float* partial, float* sums, float* loss) {
    __shared__ double shared[256];
    for (int i = 0; i < 3 * classes; i++) {
        float sum = total(blocks, 3 * classes, i, partial, shared);
        if (threadIdx.x == 0) sums[i] = sum;
    }
    if (threadIdx.x == 0) *loss = mean_dice(classes, sums);
}

KERNEL soft_dice_backward(int batch, int classes, int pixels, const float* probabilities, const unsigned char* labels, const float* sums, const float* dloss, float* dp) {
    Pixel x = pixel(batch, classes, pixels, labels);
    if (!x.inside) return;
    if (!x.counts) return zero(classes, pixels, dp + x.first);
    float scale = *dloss / max(1, counted(classes, sums));
    for (int c = 0; c < classes; c++) dp[x.first + c * pixels] = dice_slope(c, classes, sums, scale, probabilities[x.first + c * pixels], x.label == c ? 1 : 0);
}

// ---- both, of logits

// partial (blocks, 3 · classes + 1): as above, and the cross entropy
KERNEL cross_entropy_and_dice_forward(int batch, int classes, int pixels, const float* logits, const unsigned char* labels, float* partial) {
    __shared__ float shared[32];
    Pixel x = pixel(batch, classes, pixels, labels);
    int columns = 3 * classes + 1;
    Softmax probability = softmax(x.counts ? classes : 0, pixels, logits + x.first);
    for (int c = 0; c < classes; c++) put_sums(c, classes, columns, x.counts, x.counts ? probability.of(c) : 0, x.label == c ? 1 : 0, partial, shared);
    float entropy = block_sum(x.counts ? probability.minus_log(x.label) : 0, shared);
    if (threadIdx.x == 0) partial[static_cast<int>(blockIdx.x) * columns + 3 * classes] = entropy;
}

// One block. losses (2): the cross entropy and the soft Dice.
KERNEL cross_entropy_and_dice_total(int blocks, int classes, int count, const float* partial, float* sums, float* losses) {
    __shared__ double shared[256];
    int columns = 3 * classes + 1;
    for (int i = 0; i < 3 * classes; i++) {
        float sum = total(blocks, columns, i, partial, shared);
        if (threadIdx.x == 0) sums[i] = sum;
    }
    float entropy = total(blocks, columns, 3 * classes, partial, shared);
    if (threadIdx.x != 0) return;
    losses[0] = entropy / count;
    losses[1] = mean_dice(classes, sums);
}

// dlogits = dlosses₀ · (p − g) / count + p · (dp − Σ dp · p)
KERNEL cross_entropy_and_dice_backward(int batch, int classes, int pixels, int count, const float* logits, const unsigned char* labels, const float* sums, const float* dlosses, float* dlogits) {
    Pixel x = pixel(batch, classes, pixels, labels);
    if (!x.inside) return;
    if (!x.counts) return zero(classes, pixels, dlogits + x.first);
    Softmax probability = softmax(classes, pixels, logits + x.first);
    float of_entropy = dlosses[0] / count, of_dice = dlosses[1] / max(1, counted(classes, sums)), dot = 0;
    for (int c = 0; c < classes; c++) {
        float p = probability.of(c);
        dot += p * dice_slope(c, classes, sums, of_dice, p, x.label == c ? 1 : 0);
    }
    for (int c = 0; c < classes; c++) {
        float p = probability.of(c), g = x.label == c ? 1 : 0;
        dlogits[x.first + c * pixels] = of_entropy * (p - g) + p * (dice_slope(c, classes, sums, of_dice, p, g) - dot);
    }
}
