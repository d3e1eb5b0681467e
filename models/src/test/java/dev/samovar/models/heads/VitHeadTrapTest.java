package dev.samovar.models.heads;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.heads.PlainVitHead.Mistake;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every easy mistake changes the small ViT head's logits by more than [HeadsTest] tolerates, so that [HeadsTest] would find it.
class VitHeadTrapTest {
    @Test
    void withoutAMistakeTheLogitsAreRight() {
        double error = error(Mistake.NONE);
        assertTrue(error <= HeadGoldens.RELATIVE_L2, "error " + error);
    }

    @Test
    void theFirstBlockReplacesItsQueries() { assertNoticed(Mistake.FIRST_BLOCK_ADDS); }

    @Test
    void theFirstSelfAttentionSeesNoPositions() { assertNoticed(Mistake.FIRST_BLOCK_SEES_POSITIONS); }

    @Test
    void layerNormsOfTheTwoWayTransformerHaveAnEpsilonOfAHundredThousandth() { assertNoticed(Mistake.TWO_WAY_EPS); }

    @Test
    void theLayerNormOfTheUpscalingHasAnEpsilonOfAMillionth() { assertNoticed(Mistake.NORM_2D_EPS); }

    @Test
    void geluIsExactNotByTanh() { assertNoticed(Mistake.GELU_BY_TANH); }

    @Test
    void theTokensOfAClassLieTogether() { assertNoticed(Mistake.TOKENS_BY_KIND); }

    @Test
    void theFirstMaskCounts() { assertNoticed(Mistake.SECOND_MASK); }

    @Test
    void positionsAreThoseOfTheCellsCentres() { assertNoticed(Mistake.POSITIONS_OF_THE_NEXT_CELL); }

    private static void assertNoticed(Mistake mistake) {
        double error = error(mistake);
        assertTrue(error > 2 * HeadGoldens.RELATIVE_L2, mistake + " changes the logits by only " + error);
    }

    private static double error(Mistake mistake) {
        Device device = Device.reference();
        try (var fixture = HeadFixture.open("small", "vit"); Params p = fixture.params(device); var _ = Scope.open()) {
            var _ = fixture.head(p);
            float[] expected = fixture.golden().floats("logits");
            return Golden.relativeL2(expected, new PlainVitHead(p, fixture.number("classes"), mistake).logits(fixture.embedding(device)).toArray());
        }
    }

    @Test
    void thePositionalMatrixIsSavedWithTheHead(@TempDir Path folder) {
        Device device = Device.cpu();
        Path file = folder.resolve("head.safetensors");
        try (var fixture = HeadFixture.open("small", "vit"); Params p = fixture.params(device); var _ = Scope.open()) {
            float[] logits = fixture.head(p).forward(fixture.embedding(device)).toArray();
            p.save(file, Map.of());
            try (Safetensors saved = Safetensors.open(file); Params again = Params.load(saved, device)) {
                assertArrayEquals(logits, fixture.head(again).forward(fixture.embedding(device)).toArray(), "loaded again");
            }
            try (Safetensors saved = Safetensors.open(file);
                    Params without = Params.partial(saved, name -> !name.startsWith("pe_layer"), 1, device)) {
                float[] other = fixture.head(without).forward(fixture.embedding(device)).toArray();
                assertTrue(Golden.relativeL2(logits, other) > 1e-2, "the logits are the same with another positional matrix");
            }
        }
    }

    @Test
    void everyHeadGivesTheSameLogitsAfterSaveAndReload(@TempDir Path folder) {
        Device device = Device.cpu();
        for (String kind : new String[]{"cnn", "linear"}) {
            Path file = folder.resolve(kind);
            try (var fixture = HeadFixture.open("small", kind); Params p = fixture.params(device); var _ = Scope.open()) {
                float[] logits = fixture.head(p).forward(fixture.embedding(device)).toArray();
                p.save(file, Map.of());
                try (Safetensors saved = Safetensors.open(file); Params again = Params.load(saved, device)) {
                    assertArrayEquals(logits, fixture.head(again).forward(fixture.embedding(device)).toArray(), kind);
                }
            }
        }
    }
}
