package dev.samovar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.samovar.imaging.Geometry;
import dev.samovar.imaging.LabelVolume;
import dev.samovar.imaging.format.Nifti;
import dev.samovar.imaging.format.Png;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// An invalid number is refused in a sentence that names its option, whichever part of the program detects it.
class NumbersInOptionsTest {
    private static final Set<Class<?>> NUMBERS = Set.of(int.class, Integer.class, long.class, Long.class, double.class, Double.class);

    @TempDir
    private static Path folder;

    @BeforeAll
    static void write() {
        Nifti.write(folder.resolve("volume.nii"), new LabelVolume(Geometry.of(8, 8, 4, 1, 1, 2), new byte[256]));
        Png.write(folder.resolve("picture.png"), new LabelVolume(Geometry.of(8, 8, 1, 1, 1, 1), new byte[64]));
        assertEquals(0, Cli.run("data", "phantom", "--out", folder.resolve("data"), "--patients", 3).exit());
    }

    private static List<Object> line(String verb) {
        String words = switch (verb) {
            case "segment" -> "segment --weights SAM --image DIR/volume.nii --box 1,1,5,5 --out DIR/out";
            case "segment a picture" -> "segment --weights SAM --image DIR/picture.png --box 1,1,5,5 --out DIR/out";
            case "masks" -> "masks --weights SAM --image DIR/picture.png --out DIR/out";
            case "masks of a volume" -> "masks --weights SAM --image DIR/volume.nii --out DIR/out";
            case "masks of a frame" -> "masks --weights SAM --image DIR/volume.nii --slice 1 --out DIR/out";
            case "train" -> "train --data DIR/data --weights SAM --head cnn --labelled 1 --out DIR/out";
            case "train anything" -> "train --data DIR/data --weights SAM --head cnn --out DIR/out";
            case "train adapter" -> "train --data DIR/data --weights SAM --method adapter --labelled 1 --out DIR/out";
            case "train lora" -> "train --data DIR/data --weights SAM --method lora --labelled 1 --out DIR/out";
            case "train autosam" -> "train --data DIR/data --weights SAM --method autosam --labelled 1 --out DIR/out";
            case "train unet" -> "train --data DIR/data --weights SAM --method unet --labelled 1 --out DIR/out";
            case "train simclr" ->
                "train --data DIR/data --weights SAM --method unet --pretrain simclr --unlabelled DIR/data --labelled 1 --out DIR/out";
            case "study prompts" -> "study prompts --data DIR/data --weights SAM --out DIR/out";
            case "study methods" -> "study methods --data DIR/data --weights SAM --method cnn --out DIR/out";
            case "pretrain" -> "pretrain --out DIR/out";
            case "embed" -> "embed --data DIR/data --weights SAM --cache DIR/out";
            case "predict" -> "predict --run DIR/run --output DIR/out";
            case "report" -> "report DIR/run";
            case "evaluate" -> "evaluate --pred DIR/data --truth DIR/data";
            case "convert" -> "convert SAM DIR/out.safetensors";
            case "data split" -> "data split DIR/data --out DIR/split.json";
            case "data phantom" -> "data phantom --out DIR/hearts";
            case "data verify" -> "data verify DIR/data";
            default -> verb;
        };
        List<Object> all = new ArrayList<>();
        for (String word : words.split(" ", -1)) all.add(word.replace("SAM", Cli.TINY.toString()).replace("DIR", folder.toString()));
        return all;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            segment            | --slice                          | -1, 4, x
            segment            | --frame                          | -1, 3, x
            segment            | --stop                           | -1, 2, NaN, x
            segment            | --uncertainty                    | 0, 1, x
            segment a picture  | --uncertainty                    | -1, x
            segment            | --jitter                         | -1, NaN, x
            segment            | --seed                           | x
            segment            | --threads                        | 0, -1, x
            segment            | --channels                       | -1;7;0,1,2,3;x
            segment a picture  | --slice                          | -1, 4
            segment a picture  | --channels                       | -1;7;0,1,2,3
            segment            | --intensity                      | bits:0;0,0
            masks              | --points-per-side                | 0, 501, x
            masks              | --points-per-batch               | 0, x
            masks              | --pred-iou-thresh                | NaN, x
            masks              | --stability-score-thresh         | NaN, x
            masks              | --stability-score-offset         | -1, x
            masks              | --box-nms-thresh                 | -1, x
            masks              | --crop-n-layers                  | -1, 7, x
            masks              | --crop-nms-thresh                | -1, x
            masks              | --crop-overlap-ratio             | 1, x
            masks              | --crop-n-points-downscale-factor | 0, x
            masks              | --min-mask-region-area           | -1, x
            masks              | --slice                          | -1, 1
            masks of a volume  | --slice                          | -1, 4
            masks of a frame   | --frame                          | -1, 3
            masks              | --channels                       | 7
            train              | --depth                          | 0, 7, x
            train              | --top-channel                    | 0, 1025, x
            train              | --epochs                         | 0, x
            train              | --lr                             | 0, 2, NaN, x
            train              | --batch                          | 0, x
            train              | --validate-every                 | 0, x
            train              | --warm-up                        | 0, 99999, x
            train              | --accumulate                     | 0, x
            train              | --clip                           | 0, -1, NaN, Infinity, x
            train              | --schedule                       | step:0, wave
            train              | --side                           | 7, 4097, 0, x
            train              | --seed                           | x
            train              | --seeds                          | x;1,1
            train              | --frame                          | -1, 2, x
            train              | --channels                       | -1;4;0,1,2,3;x
            train              | --augment                        | views:0, views:1001
            train anything     | --labelled                       | 0, 99, x
            train              | --patience                       | 0, x
            train              | --val                            | 0, 99, x
            train              | --test                           | 0, 99, x
            train adapter      | --depth-adapter                  | 0, 999, x
            train lora         | --rank                           | 0, 257, x
            train lora         | --blocks                         | 0, x
            train autosam      | --generator-side                 | 0, 33, x
            train unet         | --width                          | 0, x
            train simclr       | --pretrain-epochs                | 0, x
            train simclr       | --pretrain-batch                 | 0, x
            train simclr       | --pretrain-lr                    | 0, NaN, x
            pretrain           | --scenes                         | 0, x
            pretrain           | --width                          | 0, x
            pretrain           | --depth                          | 0, x
            pretrain           | --heads                          | 0, x
            pretrain           | --window                         | 0, x
            pretrain           | --side                           | 0, x
            pretrain           | --patch                          | 0, x
            pretrain           | --embedding                      | 0, x
            pretrain           | --steps                          | 0, x
            pretrain           | --pictures                       | 0, x
            pretrain           | --things                         | 0, x
            pretrain           | --clicks                         | 0, x
            pretrain           | --every                          | 0, x
            pretrain           | --lr                             | 0, NaN, x
            pretrain           | --layer-decay                    | 0, 2, NaN, x
            pretrain           | --seed                           | x
            embed              | --side                           | 7, x
            embed              | --seed                           | x
            embed              | --frame                          | -1, x
            embed              | --channels                       | -1, x
            predict            | --frame                          | x
            predict            | --neighbours                     | 0, x
            report             | --neighbours                     | 0, x
            predict            | --channels                       | x
            evaluate           | --tolerance                      | -1, NaN, x
            evaluate           | --ignore-label                   | -1, x
            convert            | --lora-scale                     | NaN, x
            data split         | --folds                          | 0, 1, 99, x
            data split         | --labelled                       | 0, 99, x
            data split         | --seed                           | x
            data phantom       | --patients                       | 0, x
            data phantom       | --seed                           | x
            data verify        | --frame                          | -1, x
            data verify        | --channels                       | -1, x
            demo               | --epochs                         | 0, x
            study prompts      | --cases                          | 0, x
            study prompts      | --fold                           | -1, 2, x
            study prompts      | --clicks                         | 0, 101, x
            study prompts      | --jitter                         | 0;20,10;x
            study prompts      | --draws                          | 0, 1001, x
            study prompts      | --fewest-pixels                  | 0, x
            study prompts      | --points-per-side                | 0, 501, x
            study prompts      | --pred-iou-thresh                | NaN, x
            study prompts      | --stability-score-thresh         | NaN, x
            study prompts      | --until                          | 0, 2, NaN, x
            study prompts      | --seconds                        | 1,2;x,y,z;1,2,0
            study prompts      | --seed                           | x
            study prompts      | --frame                          | -1, x
            study prompts      | --channels                       | -1, x
            study methods      | --labelled                       | 0, 99, x
            study methods      | --seeds                          | x;1,1
            study methods      | --folds                          | 0, 1, 99, x
            study methods      | --val                            | 0, 99, x
            study methods      | --test                           | 0, 99, x
            study methods      | --split-seed                     | x
            study methods      | --epochs                         | 0, x
            study methods      | --validate-every                 | 0, x
            study methods      | --processes                      | 0, x
            study methods      | --side                           | 7, 4097, 0, x
            study methods      | --frame                          | -1, x
            study methods      | --channels                       | -1, x
            open               | --port                           | -1, 65536, x
            """)
    void aNumberThatMakesNoSenseIsRefusedByTheNameOfItsOption(String verb, String option, String values) {
        for (String value : values.split(values.contains(";") ? ";" : ", ", -1)) {
            List<Object> all = line(verb);
            all.addAll(List.of(option, value));
            if (option.equals("--jitter") && verb.equals("segment")) all.addAll(List.of("--uncertainty", 3));
            if (option.equals("--stop")) all.addAll(List.of("--propagate", "--slice", 1));
            Cli cli = Cli.run(all.toArray());
            assertEquals(2, cli.exit(), all + ": " + cli);
            String says = cli.err().lines().filter(line -> line.startsWith("samovar: ")).findFirst().orElse("");
            assertTrue(says.contains(option), all + ": " + says);
            assertTrue(Files.notExists(folder.resolve("out")), all + " left files behind");
        }
    }

    /// The table above has every option whose value is one or more numbers.
    @Test
    void noOptionIsForgotten() throws Exception {
        var source = NumbersInOptionsTest.class.getDeclaredMethod("aNumberThatMakesNoSenseIsRefusedByTheNameOfItsOption", String.class,
                String.class, String.class).getAnnotation(CsvSource.class);
        Set<String> tested = new TreeSet<>(), there = new TreeSet<>();
        for (String row : source.textBlock().lines().toList()) tested.add(row.split("\\|", -1)[1].strip());
        CommandLine all = Main.commandLine(
                new Console(Cli.stream(new ByteArrayOutputStream()), Cli.stream(new ByteArrayOutputStream()), false));
        options(all, there);
        there.removeAll(tested);
        assertEquals(Set.of(), there);
    }

    private static void options(CommandLine verb, Set<String> found) {
        for (OptionSpec option : verb.getCommandSpec().options()) {
            Class<?> type = option.auxiliaryTypes().length == 0 ? option.type() : option.auxiliaryTypes()[0];
            if (NUMBERS.contains(type)) found.add(option.longestName());
        }
        verb.getSubcommands().values().forEach(inner -> options(inner, found));
    }
}
