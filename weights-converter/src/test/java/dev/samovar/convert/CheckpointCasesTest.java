package dev.samovar.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.samovar.core.io.FormatException;
import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.testkit.Golden;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The small SAM, saved in various ways by PyTorch 2.13, transformers 5.18 and timm.
class CheckpointCasesTest {
    private static final Path CASES = Path.of(System.getProperty("samovar.shared", "../shared"), "cases", "checkpoints");
    private static final Checkpoints.Options IGNORE = new Checkpoints.Options(true, null);

    @BeforeEach
    void casesAreThere() {
        assumeTrue(Files.isDirectory(CASES), "the cases are missing: give their folder with -Dsamovar.shared");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"nocrc.pth||", "proto3.pth||", "buffer.pth||", "model_state.pth|decoder_state.x|decoder_state.x",
        "swa.pth|n_averaged|", "lightning_plus_loss.pth|state_dict.criterion.weight|epoch; state_dict.criterion.weight",
        "train_npscalar.pth||epoch; loss (numpy._core.multiarray.scalar)", "train_namespace.pth||args (argparse.Namespace)",
        "extra_float8_e4m3fn.pth|extra.x|extra.x (it is stored as float8_e4m3fn, which is not read here)"})
    void isTheSmallSamAndTheRestIsListed(String name, String leftOut, String skipped) {
        try (TensorFile file = Checkpoints.open(CASES.resolve(name))) {
            assertEquals(leftOut == null ? "" : leftOut, String.join("; ", Checkpoints.leftOut(file)));
            assertEquals(skipped == null ? "" : skipped, String.join("; ", Checkpoints.skipped(file)));
            assertTrue(SamConfig.ofWhole(file).hasDecoder());
            isTheSmallSam(name.equals("model_state.pth") ? "sam-tiny-trained" : "sam-tiny", file);
        }
    }

    private static void isTheSmallSam(String which, TensorFile file) {
        try (Safetensors fixture = Golden.open("sam-tiny/" + which + ".safetensors")) {
            for (String name : fixture.entries().keySet()) assertArrayEquals(fixture.floats(name), file.weights(name), name);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "adapter.pth|is a SAM with adapters: 16 tensors|the first of them \"image_encoder.blocks.0.MLP_Adapter.D_fc1.weight\"|true",
        "optimizer-object.pth|is a SAM with adapters: 16 tensors|MLP_Adapter|true",
        "hf-hq|is SAM-HQ: 25 tensors|\"mask_decoder.compress_vit_conv1.bias\"|true",
        "mobilesam-like.pth|is MobileSAM, but not a whole one|conv3|false",
        "sam2-like.pt|is SAM 2, which is not read here|MobileSAM and LiteMedSAM are|false"})
    void isRefusedByTheNameOfItsFamily(String name, String family, String detail, boolean plainWithout) {
        try (TensorFile file = Checkpoints.open(CASES.resolve(name)); TensorFile known = Checkpoints.open(CASES.resolve(name), IGNORE)) {
            String says = assertThrows(FormatException.class, () -> SamConfig.of(file)).getMessage();
            assertTrue(says.startsWith(CASES.resolve(name).toString()) && says.contains(family) && says.contains(detail), says);
            if (plainWithout) {
                assertTrue(SamConfig.ofWhole(known).hasDecoder());
                assertFalse(Checkpoints.leftOut(known).isEmpty());
            } else {
                assertThrows(FormatException.class, () -> SamConfig.of(known));
            }
        }
    }

    @Test
    void lowRankUpdatesAreMerged() {
        try (TensorFile file = Checkpoints.open(CASES.resolve("lora-unmerged.safetensors"));
                TensorFile merged = Checkpoints.open(CASES.resolve("lora-merged.safetensors"))) {
            assertEquals(new TreeSet<>(merged.entries().keySet()), new TreeSet<>(file.entries().keySet()));
            for (String name : merged.entries().keySet()) assertArrayEquals(merged.floats(name), file.floats(name), 1e-6f, name);
            assertEquals(SamConfig.ofWhole(merged), SamConfig.ofWhole(file));
            assertTrue(Checkpoints.remarks(file).getFirst().contains("of 4 weights are merged, times 1.0"), Checkpoints.remarks(file).toString());
            assertFalse(Checkpoints.digest(CASES.resolve("lora-unmerged.safetensors"), file)
                    .equals(CheckpointInfo.of(CASES.resolve("lora-merged.safetensors")).sha256()));
        }
    }

    @ParameterizedTest
    @CsvSource({"encoder-only.safetensors", "timm.safetensors"})
    void anEncoderAloneHasTheOfficialNamesAndIsNoWholeSam(String name) {
        try (TensorFile file = Checkpoints.open(CASES.resolve(name)); Safetensors fixture = Golden.open("sam-tiny/sam-tiny.safetensors")) {
            SamConfig config = SamConfig.of(file);
            assertFalse(config.hasDecoder());
            assertEquals(config.tensors().keySet(), Set.copyOf(file.entries().keySet()));
            for (String tensor : file.entries().keySet()) assertArrayEquals(fixture.floats(tensor), file.floats(tensor), tensor);
            assertTrue(assertThrows(FormatException.class, () -> SamConfig.ofWhole(file)).getMessage().contains("an image encoder alone"));
        }
    }

    @Test
    void aWeightThatIsNoNumberIsNamed() {
        Path nan = CASES.resolve("nan.safetensors");
        List<String> bad = CheckpointInfo.of(nan).notFinite();
        assertEquals(1, bad.size());
        try (TensorFile file = Checkpoints.open(nan)) {
            String says = assertThrows(FormatException.class, () -> file.weights(bad.getFirst())).getMessage();
            assertTrue(says.contains("\"" + bad.getFirst() + "\" holds NaN"), says);
        }
    }
}
