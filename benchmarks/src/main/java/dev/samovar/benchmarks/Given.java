package dev.samovar.benchmarks;

import dev.samovar.core.io.Safetensors;
import dev.samovar.core.nn.Params;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Shape;
import dev.samovar.models.pretrain.PretrainingWork;
import dev.samovar.models.sam.SamConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The input of a Python program for a piece of work: files with the numbers that Samovar computes with.
final class Given {
    private Given() {}

    /// The words after `SIDE WORK THREADS RESULT_FILE` on its command line: for volumes their folder and size, else a file of weights and one of all
    /// input.
    static List<String> words(String work, Sizes all) {
        if (VolumeWorks.NAMES.contains(work)) {
            VolumeWorks.scan(all);
            VolumeWorks.labels(all);
            return List.of(Numbers.folder().toString(), Integer.toString(all.volumeSide()), Integer.toString(all.volumeSlices()));
        }
        Sizes sizes = all.of(work);
        Path inputs = Numbers.folder().resolve("given-" + work + "-" + sizes.sam().imageSize() + ".safetensors");
        Safetensors.write(inputs, Map.of(), inputs(work, sizes));
        return List.of((work.equals("train-unet") ? inputs : Numbers.checkpointFile(sizes)).toString(), inputs.toString());
    }

    private static List<Safetensors.Item> inputs(String work, Sizes sizes) {
        SamConfig sam = sizes.sam();
        int side = sam.imageSize();
        return switch (work) {
            case "encode", "encode-mobile", "encode-large", "encode-huge" -> List.of(Safetensors.Item.of("picture", Shape.of(1, 3, side,
                    side), Numbers.picture(sizes)));
            case "encode-batch" -> List.of(Safetensors.Item.of("picture", Shape.of(sizes.batch(), 3, side, side), Numbers.pictures(sizes)));
            case "click", "everything" -> {
                float[] clicks = Numbers.clicks(sizes, work.equals("click") ? 1 : sizes.clicks());
                yield List.of(Safetensors.Item.of("embedding", Shape.of(1, sam.promptWidth(), sam.grid(), sam.grid()), Numbers.embedding(sizes)),
                        Safetensors.Item.of("clicks", Shape.of(clicks.length / 2, 2), clicks));
            }
            case "train-medsam", "train-lora", "train-adapter" -> SamTraining.given(work, sizes);
            case "train-mini" -> PretrainingWork.given(sam, sizes.batch());
            case "train-unet" -> unet(sizes);
            default -> throw new IllegalArgumentException("PyTorch has no part in \"" + work + "\"");
        };
    }

    private static List<Safetensors.Item> unet(Sizes sizes) {
        int side = sizes.labelSide(), frame = sizes.frameSide();
        byte[] classes = Numbers.labels(sizes);
        float[] labels = new float[classes.length];
        for (int i = 0; i < labels.length; i++) labels[i] = classes[i];
        List<Safetensors.Item> given = new ArrayList<>();
        given.add(Safetensors.Item.of("frames", Shape.of(sizes.batch(), 3, frame, frame), Numbers.frames(sizes)));
        given.add(Safetensors.Item.of("labels", Shape.of(sizes.batch(), side, side), labels));
        try (Params params = Params.random(1, Device.scalar(1))) {
            Works.unet(params, sizes);
            params.all().forEach((name, p) -> given.add(Safetensors.Item.of(name, p.shape(), p.toArray())));
        }
        return given;
    }
}
