package dev.samovar.models.mask;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The pieces of a mask: pixels that touch, if only at a corner, belong to one piece.
///
/// They are numbered from 0 as OpenCV numbers them, which reads a picture in squares of 2 × 2 pixels, row by row.
public final class Components {
    private static final int NONE = -1;

    private final Mask mask;
    private final int[] numbers;                                                   // of every pixel; NONE beside the mask
    private int[] areas = {};

    private Components(Mask mask) {
        this.mask = mask;
        numbers = new int[mask.pixels().length];
    }

    /// The pieces of a mask; none if it is empty.
    public static Components of(Mask mask) {
        var components = new Components(mask);
        components.number();
        return components;
    }

    private void number() {
        int h = mask.height(), w = mask.width(), count = 0;
        Arrays.fill(numbers, NONE);
        for (int y = 0; y < h; y += 2) for (int x = 0; x < w; x += 2) {
            for (int k = 0; k < 4; k++) {                                          // pixels of one square touch, so they belong to one piece
                int row = y + k / 2, column = x + k % 2, i = row * w + column;
                if (row >= h || column >= w || !mask.pixels()[i] || numbers[i] != NONE) continue;
                areas = Arrays.copyOf(areas, count + 1);
                areas[count] = flood(i, count);
                count++;
            }
        }
    }

    /// Gives all pixels of a piece its number, from one of them on, and returns how many there are.
    private int flood(int start, int number) {
        int h = mask.height(), w = mask.width(), n = 0, area = 0;
        int[] stack = new int[64];
        stack[n++] = start;
        numbers[start] = number;
        while (n > 0) {
            int i = stack[--n], x = i % w, y = i / w;
            area++;
            if (n + 8 > stack.length) stack = Arrays.copyOf(stack, 2 * stack.length);
            for (int row = Math.max(0, y - 1); row <= Math.min(h - 1, y + 1); row++) {
                for (int column = Math.max(0, x - 1); column <= Math.min(w - 1, x + 1); column++) {
                    int next = row * w + column;
                    if (!mask.pixels()[next] || numbers[next] != NONE) continue;
                    numbers[next] = number;
                    stack[n++] = next;
                }
            }
        }
        return area;
    }

    /// The number of pieces.
    public int count() {
        return areas.length;
    }

    /// The number of pixels of a piece.
    public int area(int number) {
        return areas[number];
    }

    /// One piece.
    public Mask mask(int number) {
        boolean[] pixels = new boolean[numbers.length];
        for (int i = 0; i < pixels.length; i++) pixels[i] = numbers[i] == number;
        return new Mask(mask.height(), mask.width(), pixels);
    }

    /// The largest pieces, at most so many, the largest first; of pieces of the same size, the one with the higher number first.
    public List<Mask> largest(int most) {
        Comparator<Integer> bySize = Comparator.comparingInt((Integer n) -> areas[n]).thenComparingInt(n -> n).reversed();
        return IntStream.range(0, count()).boxed().sorted(bySize).limit(most).map(this::mask).toList();
    }
}
