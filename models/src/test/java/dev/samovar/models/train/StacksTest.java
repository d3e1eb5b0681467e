package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StacksTest {
    @Test
    void everySliceIsInAStackAndTheLastOneEndsWithTheVolume() {
        assertEquals(List.of(List.of(0), List.of(1), List.of(2)), Stacks.of(3, 1));
        assertEquals(List.of(List.of(0, 1), List.of(2, 3)), Stacks.of(4, 2));
        assertEquals(List.of(List.of(0, 1, 2), List.of(3, 4, 5), List.of(4, 5, 6)), Stacks.of(7, 3));
        assertEquals(List.of(List.of(0, 1, 1, 1)), Stacks.of(2, 4));
    }
}
