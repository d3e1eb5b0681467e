/// 7. The same program on the CPU and on an NVIDIA GPU: only the line that chooses the device differs.
///
///     ./samovar example examples/E7_OnAGpu.java SAM PICTURE

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Scope;
import dev.samovar.cuda.Cuda;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamFraming;

void main(String[] args) {
    float[] onCpu = embed(Path.of(args[0]), Path.of(args[1]), Device.cpu());
    String absent = Cuda.whyNot();
    if (absent != null) {
        IO.println("There is no GPU to compare with: " + absent + ".");
        return;
    }
    float[] onGpu = embed(Path.of(args[0]), Path.of(args[1]), Cuda.device(0));     // the only difference
    double apart = 0, length = 0;
    for (int i = 0; i < onCpu.length; i++) {
        apart += Math.pow(onCpu[i] - onGpu[i], 2);
        length += Math.pow(onCpu[i], 2);
    }
    IO.println("relative L2 distance of the two embeddings: " + (float) Math.sqrt(apart / length));
}

float[] embed(Path weights, Path picture, Device device) {
    try (var checkpoint = Checkpoints.open(weights); var sam = Sam.load(checkpoint, device); var _ = Scope.open()) {
        var image = new SamFraming().input(device, PictureFile.read(picture), sam.config().imageSize());
        sam.imageEncoder().forward(image).toArray();                               // the first run compiles, packs and allocates
        long start = System.nanoTime();
        float[] embedding = sam.imageEncoder().forward(image).toArray();
        IO.println(device + ": " + (System.nanoTime() - start) / 1_000_000 + " ms");
        return embedding;
    }
}
