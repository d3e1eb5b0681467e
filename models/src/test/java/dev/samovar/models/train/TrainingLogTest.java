package dev.samovar.models.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingLogTest {
    /// A loss of 0.25 in an old log is the same as a Dice of 0.75 in a new one, so that a run begun by an older version can continue.
    @ParameterizedTest
    @ValueSource(strings = {
        "epoch,learning_rate,train_loss,train_cross_entropy,train_soft_dice,validation_soft_dice\n1,1e-3,2.0,1.5,0.5,\n2,1e-3,1.5,1.0,0.5,0.25\n",
        "epoch,learning_rate,train_loss,train_cross_entropy,train_dice_loss,validation_dice\n1,1e-3,2.0,1.5,0.5,\n2,1e-3,1.5,1.0,0.5,0.75\n"})
    void diceIsReadFromNewLogsAndOld(String text) {
        TrainingLog log = TrainingLog.of(text, "log.csv");
        assertTrue(log.isValidated());
        assertEquals(new TrainingLog.Epoch(1, 1e-3, 2, 0.5, Double.NaN), log.epochs().getFirst());
        assertEquals(new TrainingLog.Epoch(2, 1e-3, 1.5, 0.5, 0.75), log.best());
        assertEquals(0.75, TrainingLog.of(text + "3,1e-3,1,1,0," + TrainingLog.validation(text, 0.25) + "\n", "log.csv").epochs().getLast()
                .validation());
    }

    @Test
    void aMethodWithoutADiceLossHasNone() {
        TrainingLog log = TrainingLog
                .of("epoch,learning_rate,train_loss,train_binary_cross_entropy,validation_dice\n1,1e-4,0.5,0.5,\n2,1e-4,0.7,0.7,\n", "log.csv");
        assertTrue(Double.isNaN(log.epochs().getFirst().dice()));
        assertEquals(1, log.best().number(), "the lowest loss, as nothing is validated");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a,b\n", "epoch,learning_rate,train_loss,validation_dice\n1,2\n",
        "epoch,learning_rate,train_loss,validation_dice\n1,1e-3,x,\n", "epoch,learning_rate,train_loss,validation_dice\n0,1e-3,1,\n"})
    void whatIsNoLogIsRefusedByName(String text) {
        assertTrue(assertThrows(FormatException.class, () -> TrainingLog.of(text, "log.csv")).getMessage().startsWith("log.csv: it "));
    }
}
