package dev.samovar.core.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class FormulaTest {
    @Test
    void givesTheDocumentedNumbers() {
        assertArrayEquals(new float[]{-0.11522543f, 0.04838622f, 0.45263946f, 0.63848317f}, Formula.signed("x", 4, 1), 1e-8f);
    }
}
