package dev.samovar.models.mask;

import dev.samovar.core.io.Json;
import dev.samovar.core.nn.Random;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// Masks for tests: written as `0110/1111/0001`, from the reference, or drawn at random.
final class Masks {
    static final long SEED = 20261122;

    private Masks() {}

    static Json golden(String name) {
        try (var in = Masks.class.getResourceAsStream("masks.json")) {
            return Json.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "masks.json").at(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Mask of(String rows) {
        int width = (rows + "/").indexOf('/');
        String pixels = rows.replace("/", "");
        boolean[] set = new boolean[pixels.length()];
        for (int i = 0; i < set.length; i++) set[i] = pixels.charAt(i) == '1';
        return new Mask(set.length / width, width, set);
    }

    static String rows(Mask mask) {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < mask.pixels().length; i++)
            rows.append(i > 0 && i % mask.width() == 0 ? "/" : "").append(mask.pixels()[i] ? '1' : '0');
        return rows.toString();
    }

    /// A random mask of any density, of single pixels or of blocks.
    static Mask random(Random random, int height, int width) {
        double share = random.uniform();
        int block = 1 + random.below(3) * random.below(3), across = Math.ceilDiv(width, block);
        boolean[] blocks = new boolean[across * Math.ceilDiv(height, block)], pixels = new boolean[height * width];
        for (int i = 0; i < blocks.length; i++) blocks[i] = random.uniform() < share;
        for (int i = 0; i < pixels.length; i++) pixels[i] = blocks[i / width / block * across + i % width / block];
        return new Mask(height, width, pixels);
    }

    /// Random masks of various sizes, and masks that are empty or full.
    static Stream<Mask> all() {
        Random random = new Random(SEED, "masks");
        List<int[]> sizes = List.of(new int[]{1, 1}, new int[]{1, 2}, new int[]{2, 1}, new int[]{1, 17}, new int[]{17, 1}, new int[]{2, 2},
                new int[]{3, 5}, new int[]{5, 3}, new int[]{16, 16}, new int[]{31, 20}, new int[]{20, 64});
        return sizes.stream().flatMap(size -> Stream.concat(Stream.of(constant(size, false), constant(size, true)),
                Stream.generate(() -> random(random, size[0], size[1])).limit(60)));
    }

    private static Mask constant(int[] size, boolean value) {
        boolean[] pixels = new boolean[size[0] * size[1]];
        Arrays.fill(pixels, value);
        return new Mask(size[0], size[1], pixels);
    }
}
