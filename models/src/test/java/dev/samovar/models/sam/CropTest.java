package dev.samovar.models.sam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.mask.Box;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CropTest {
    private static final Json GOLDEN = MockClicks.golden();

    @Test
    void cropsEqualTheReferences() {
        for (Json c : GOLDEN.at("crop_boxes").list())
            check(c.at("boxes_xyxy"), c.at("layer_idx"), c.at("hw"), c.at("layers"), c.at("overlap"));
        Json c = Json.read(Golden.path("sam-tiny/crop-boxes.json"));
        check(c.at("boxes"), c.at("layers"), c.at("size"), c.at("n_layers"), c.at("overlap_ratio"));
    }

    private static void check(Json boxes, Json layerOf, Json size, Json layers, Json overlap) {
        List<Crop> expected = new ArrayList<>();
        for (Json json : boxes.list()) {
            int[] box = json.integers();
            expected.add(new Crop(box[0], box[1], box[2] - box[0], box[3] - box[1], layerOf.integers()[expected.size()]));
        }
        int[] hw = size.integers();
        assertEquals(expected, Crop.layers(hw[0], hw[1], layers.integer(), overlap.number()));
    }

    @Test
    void whatIsCutEqualsTheReferences() {
        Json golden = GOLDEN.at("near_crop_edge");
        int[] picture = golden.at("orig").integers();
        for (String which : List.of("", "2")) {
            int[] box = golden.at("crop" + which).integers();
            Crop crop = new Crop(box[0], box[1], box[2] - box[0], box[3] - box[1], 1);
            for (int i = 0; i < 4; i++) {
                double[] b = golden.at("boxes").list().get(i).numbers();
                Box moved = new Box((int) b[0], (int) b[1], (int) b[2], (int) b[3]).moved(crop.x(), crop.y());
                assertEquals(golden.at("flags" + which).list().get(i).truth(), crop.cuts(moved, picture[3], picture[2]), moved + " in "
                        + crop);
            }
        }
    }

    @Test
    void aPictureMustHavePixelsForEveryCrop() {
        assertEquals(5, Crop.layers(2, 2, 1, 0.3).size());
        for (int[] hw : new int[][]{{1, 9}, {9, 1}}) {
            String says = String.valueOf(assertThrows(PromptException.class, () -> Crop.layers(hw[0], hw[1], 1, 0.3)).getMessage());
            assertTrue(says.contains("a picture of " + hw[1] + " × " + hw[0] + " pixels is too small for 1 layers of crops"), says);
        }
        assertThrows(PromptException.class, () -> Crop.layers(5, 50, 2, 0));
    }
}
