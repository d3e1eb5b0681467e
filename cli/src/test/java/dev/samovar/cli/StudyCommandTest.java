package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.core.testkit.Golden;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.Volume;
import dev.samovar.imaging.format.Nifti;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {
    private static final Path SAM = Golden.path("sam-tiny/sam-tiny-trained.safetensors");

    @TempDir
    private Path folder;

    /// Discs in two pieces, of two classes.
    @BeforeEach
    void draw() throws IOException {
        Path images = Files.createDirectories(folder.resolve("data/imagesTr")), labels = Files.createDirectories(folder.resolve(
                "data/labelsTr"));
        Geometry grid = Geometry.of(24, 20, 2, 1, 1, 4);
        for (int n = 0; n < 5; n++) {
            float[] voxels = new float[grid.voxels()];
            byte[] classes = new byte[grid.voxels()];
            for (int i = 0; i < voxels.length; i++) {
                int x = i % 24, y = i / 24 % 20;
                classes[i] = (byte) (Math.hypot(x - 7 - n % 3, y - 8) < 5 || (x > 18 && y > 16) ? 1 : Math.hypot(x - 17, y - 6) < 4 ? 2 : 0);
                voxels[i] = 80 * classes[i] + (i * 37 + n) % 11;
            }
            Nifti.write(images.resolve("case" + n + ".nii.gz"), new Volume(grid, voxels));
            Nifti.write(labels.resolve("case" + n + ".nii.gz"), new LabelVolume(grid, classes));
        }
    }

    private Cli prompts(Object... more) {
        List<Object> args = new ArrayList<>(List.of("study", "prompts", "--data", folder.resolve("data"), "--weights", SAM, "--out", folder
                .resolve("prompts"), "--cases", 2, "--fewest-pixels", 1, "--clicks", 2, "--jitter", "3", "--points-per-side", 3, "--pred-iou-thresh", 0.1,
                "--stability-score-thresh", 0.1));
        args.addAll(List.of(more));
        return Cli.run(args.toArray());
    }

    @Test
    void aStudyOfPromptsIsATableAPageAndFiles() throws IOException {
        Cli cli = prompts();
        assertEquals(0, cli.exit(), cli.err());
        for (String words : new String[]{"one box around all", "everything", "one point, moved by up to 3 px", "corrections of a mask: 2", "size"})
            assertTrue(cli.out().contains(words), cli.out());
        assertTrue(cli.err().contains("cost: "), cli.err());
        Path out = folder.resolve("prompts");
        String page = Files.readString(out.resolve("report.html"));
        assertTrue(page.contains("<svg ") && !page.contains("http://www.w3.org/1999"), "plots are in the page");
        Json summary = Json.read(out.resolve("summary.json"));
        long lines = Files.readAllLines(out.resolve("scores.csv")).size() - 1L;
        int sum = summary.at("all").list().stream().mapToInt(l -> l.at("n").integer()).sum();
        assertEquals(sum, lines);
        Path one = out.resolve("cases").resolve(Json.read(out.resolve("prompts.json")).at("cases").strings().getLast() + ".json");
        byte[] before = Files.readAllBytes(one), csv = Files.readAllBytes(out.resolve("scores.csv"));
        Files.delete(one);                                                         // as if it had been cut short
        assertEquals(0, prompts().exit());
        assertEquals(-1, Arrays.mismatch(before, Files.readAllBytes(one)));
        assertEquals(-1, Arrays.mismatch(csv, Files.readAllBytes(out.resolve("scores.csv"))));
        Cli other = prompts("--seed", 2);
        assertEquals(2, other.exit());
        assertTrue(other.err().contains("a study with other settings"), other.err());
    }

    @Test
    void mistakesAreToldBeforeAnythingIsRead() {
        assertTrue(prompts("--protocols", "click,clack").err().contains("--protocols clack: there is no protocol"));
        assertTrue(prompts("--until", 1.5).err().contains("--until 1.5: "));
        assertTrue(prompts("--seconds", "1,2").err().contains("--seconds 1,2: "));
        assertEquals(2, Cli.run("study").exit());
    }
}
