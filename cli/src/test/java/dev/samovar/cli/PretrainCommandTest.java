package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.core.io.Json;
import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.models.scenes.Labelled;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainCommandTest {
    private static final List<Object> TINY = List.of("--width", 16, "--depth", 2, "--heads", 2, "--window", 3, "--side", 32, "--embedding",
            16,
            "--pictures", 2, "--things", 2, "--clicks", 2, "--scenes", 2, "--threads", 2);

    @TempDir
    private Path folder;

    private Cli pretrain(Object... more) {
        var args = new ArrayList<Object>(List.of("pretrain"));
        args.addAll(List.of(more));
        args.addAll(TINY);
        return Cli.run(args.toArray());
    }

    @Test
    void aNetworkComesOutWithATableAndAReport() throws IOException {
        Path run = folder.resolve("run");
        Cli cli = pretrain("--out", run, "--steps", 3);
        assertEquals(0, cli.exit(), cli.err());
        assertTrue(cli.err().contains("parameters learn"), cli.err());
        List<String> lines = cli.out().lines().toList();
        assertTrue(lines.getFirst().matches("network +scenes +things +click, best of 3 +click +box +1 correction .* r"), cli.out());
        for (String scenes : List.of("photographs", "cells", "sections"))
            assertTrue(lines.stream().anyMatch(line -> line.matches("run +" + scenes + " +\\d+( +[0-9.]+){6} +-?[0-9.]+")), cli.out());
        String page = Files.readString(run.resolve("report.html"));
        assertTrue(page.contains("Scenes that it never saw") && page.contains("photographs, scene 2") && page.contains("layer decay"),
                "table, masks and settings");
        assertEquals(3, Json.read(run.resolve("held-out.json")).at("networks").list().size());

        Cli described = Cli.run("info", run);
        assertEquals(0, described.exit(), described.err());
        assertTrue(described.out().contains("3 of 3 steps") && described.out().contains(run.resolve("sam.safetensors") + ", "), described.out());
        Cli info = Cli.run("info", run.resolve("sam.safetensors"));
        assertEquals(0, info.exit(), info.err());
        assertTrue(info.out().contains("width 16"), info.out());

        Cli again = Cli.run("pretrain", "--report", run, "--beside", Cli.TINY, "--scenes", 1);
        assertEquals(0, again.exit(), again.err());
        assertTrue(again.out().contains("sam-tiny.pth"), again.out());
        assertEquals(0, Cli.run("pretrain", "--resume", run, "--scenes", 1).exit(), "a finished run is not changed");
        assertSays("has 3 steps already", Cli.run("pretrain", "--resume", run, "--steps", 2));
        Cli longer = Cli.run("pretrain", "--resume", run, "--steps", 4, "--scenes", 1);
        assertEquals(0, longer.exit(), longer.err());
        assertTrue(longer.err().contains("goes on after step 3"), longer.err());
        assertTrue(Files.readString(run.resolve("log.csv")).contains("\n4,"), "the log is continued");

        Cli from = Cli.run("pretrain", "--out", folder.resolve("from"), "--weights", run.resolve("sam.safetensors"), "--steps", 1,
                "--pictures", 1,
                "--scenes", 1);
        assertEquals(0, from.exit(), from.err());
        assertTrue(from.err().contains("width 16"), "its sizes, too: " + from.err());
        assertSays("leave out --width", pretrain("--out", folder.resolve("other"), "--weights", run.resolve("sam.safetensors")));

        Path same = Files.createDirectories(folder.resolve("again/run")).resolve("sam.safetensors");
        Files.copy(run.resolve("sam.safetensors"), same);
        Cli three = Cli.run("pretrain", "--report", run, "--beside", folder.resolve("from/sam.safetensors"), "--beside", same, "--scenes", 1);
        assertEquals(0, three.exit(), three.err());
        assertEquals(List.of("from", same.toString(), "run"), Json.read(run.resolve("held-out.json")).at("networks").list().stream()
                .map(one -> one.at("network").string()).distinct().toList(), "each network has a name of its own");
    }

    @Test
    void whatIsHeldOutIsSeenToBeforehandAndStaysTheSame() throws IOException {
        Path data = folder.resolve("data"), run = folder.resolve("run");
        SmallDataset.write(data);
        String held = Labelled.heldOut(data).getFirst() + ".nii.gz";
        Path label = data.resolve("labelsTr").resolve(held);
        byte[] labels = Files.readAllBytes(label);
        Nifti.write(label, new LabelVolume(Geometry.of(12, 10, 2, 1, 1, 4), new byte[240]));
        assertSays("the part that is held out for the test", pretrain("--out", run, "--labelled", data, "--no-drawn", "--classes", "0,1"));
        assertTrue(Files.notExists(run), "a mistake leaves nothing behind");

        Files.write(label, labels);
        Cli cli = pretrain("--out", run, "--labelled", data, "--no-drawn", "--steps", 1);
        assertEquals(0, cli.exit(), cli.err());
        assertEquals(Labelled.heldOut(data), Json.read(run.resolve("pretrain.json")).at("sources").at("heldOut").strings());
        Files.delete(label);
        Files.delete(data.resolve("imagesTr").resolve(held));
        for (String how : List.of("--resume", "--report"))
            assertSays("held out for the test when the run was begun", Cli.run("pretrain", how, run, "--scenes", 1));
    }

    @Test
    void whatIsLearntFromIsTheSameToTheEnd() throws IOException {
        Path data = folder.resolve("data"), art = Files.createDirectories(folder.resolve("art")), run = folder.resolve("run");
        SmallDataset.write(data);
        for (int i = 0; i < 3; i++) paint(art.resolve(i + ".png"), Color.RED);
        Cli cli = pretrain("--out", run, "--labelled", data, "--clip-art", art, "--no-drawn", "--steps", 1);
        assertEquals(0, cli.exit(), cli.err());
        String learnt = Labelled.heldOut(data).contains("case0") ? "case1.nii.gz" : "case0.nii.gz";
        Path image = data.resolve("imagesTr").resolve(learnt), label = data.resolve("labelsTr").resolve(learnt);
        for (Path file : List.of(image, label)) {
            byte[] before = Files.readAllBytes(file);
            Nifti.write(file, new LabelVolume(Geometry.of(12, 10, 2, 1, 1, 4), new byte[240]));
            assertSays(data + ": the pictures or labels to learn from are not those", Cli.run("pretrain", "--resume", run, "--steps", 2));
            Files.write(file, before);
        }
        for (int i = 0; i < 3; i++) paint(art.resolve(i + ".png"), Color.BLUE);
        assertSays(art + ": the pictures or labels to learn from are not those", Cli.run("pretrain", "--resume", run, "--steps", 2));
        for (int i = 0; i < 3; i++) paint(art.resolve(i + ".png"), Color.RED);
        Files.writeString(data.resolve("notes.txt"), "what nothing is learnt from may change");
        Cli on = Cli.run("pretrain", "--resume", run, "--steps", 2, "--scenes", 1);
        assertEquals(0, on.exit(), on.err());
    }

    private static void paint(Path file, Color color) throws IOException {
        var picture = new BufferedImage(20, 20, BufferedImage.TYPE_INT_ARGB);
        for (int i = 0; i < 200; i++) picture.setRGB(i % 20, 5 + i / 20, color.getRGB());
        ImageIO.write(picture, "png", file.toFile());
    }

    @Test
    void mistakesAreToldInASentence() {
        assertSays("needs --out", Cli.run("pretrain"));
        assertSays("cannot change them", Cli.run("pretrain", "--resume", folder, "--clicks", 5));
        assertSays("is no pretraining", Cli.run("pretrain", "--resume", folder));
        assertSays("Without drawn scenes", pretrain("--out", folder.resolve("a"), "--no-drawn"));
        assertSays("there is no such folder", pretrain("--out", folder.resolve("b"), "--clip-art", folder.resolve("none")));
        assertSays("a patch has 4, 8, 12", pretrain("--out", folder.resolve("c"), "--patch", 6));
        for (String data : List.of("--classes=0,1", "--channels=0", "--frame=0", "--ignore-label=2"))
            assertSays("leave out " + data.replaceAll("=.*", ""), pretrain("--out", folder.resolve("d"), data));
        assertSays("leave out --ignore-unknown-weights", pretrain("--out", folder.resolve("e"), "--ignore-unknown-weights"));
        assertSays("--embedding 2147483632: ", Cli.run("pretrain", "--out", folder.resolve("f"), "--embedding", 2_147_483_632));
        assertSays("choose smaller ones", Cli.run("pretrain", "--out", folder.resolve("g"), "--width", 65_536));
        for (String left : List.of("b", "d", "e", "f", "g")) assertTrue(Files.notExists(folder.resolve(left)), "a mistake leaves nothing behind");
    }

    private static void assertSays(String what, Cli cli) {
        assertEquals(2, cli.exit(), cli.err());
        assertTrue(cli.err().contains(what), cli.err());
    }
}
