package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.models.sam.SamConfig;
import org.junit.jupiter.api.Test;

/// Operations as the specification counts them, in thousand millions.
class CostTest {
    @Test
    void ofTheEncoders() {
        assertEquals(486.04, Cost.encoder(SamConfig.vitB()) * 1e-9, 0.01, "vit_b");
        assertEquals(1492.84, Cost.encoder(SamConfig.vitL()) * 1e-9, 0.01, "vit_l");
        assertEquals(2980.54, Cost.encoder(SamConfig.vitH()) * 1e-9, 0.01, "vit_h");
    }

    @Test
    void ofTheHeads() {
        assertEquals(7.10, HeadSpec.of(HeadSpec.Kind.VIT).operations(SamConfig.vitB(), 4) * 1e-9, 0.05, "vit");
        assertEquals(91.0, HeadSpec.of(HeadSpec.Kind.CNN).operations(SamConfig.vitB(), 4) * 1e-9, 0.1, "cnn");
        assertEquals(0.478, HeadSpec.of(HeadSpec.Kind.LINEAR).operations(SamConfig.vitB(), 4) * 1e-9, 0.001, "linear");
    }
}
