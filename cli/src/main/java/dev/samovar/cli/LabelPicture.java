package dev.samovar.cli;

import dev.samovar.models.mask.Mask;
import java.util.List;

/// Masks as labels of a picture, in which a pixel has one number: that of the mask in front, from 1 on.
final class LabelPicture {
    private final char[] numbers;
    private final long covered;

    private LabelPicture(char[] numbers, long covered) {
        this.numbers = numbers;
        this.covered = covered;
    }

    /// @param pixels how many the picture has
    /// @param masks of the whole picture each; there may be none
    /// @param order the masks' indices, from the one that is behind all others
    static LabelPicture of(int pixels, List<Mask> masks, List<Integer> order) {
        char[] numbers = new char[pixels];
        int[] left = new int[masks.size()];
        for (int k : order) {
            boolean[] mask = masks.get(k).pixels();
            for (int i = 0; i < numbers.length; i++) {
                if (!mask[i]) continue;
                if (numbers[i] > 0) left[numbers[i] - 1]--;
                numbers[i] = (char) (k + 1);
                left[k]++;
            }
        }
        return new LabelPicture(numbers, order.stream().filter(k -> left[k] < masks.get(k).area()).count());
    }

    /// The numbers, row by row; 0 where there is no mask.
    char[] numbers() {
        return numbers;
    }

    /// How many masks are partly or wholly behind others.
    long covered() {
        return covered;
    }

    /// What one should know of a file of these labels; empty if no mask is behind another.
    String remark(String file) {
        return covered == 0
                ? ""
                : file + ": a pixel has one label, and " + covered + (covered == 1 ? " mask is" : " masks are")
                        + " partly or wholly behind others; the masks' own files have all of them";
    }
}
