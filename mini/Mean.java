import dev.samovar.core.io.Safetensors;
import dev.samovar.core.io.Safetensors.Item;
import java.nio.file.Path;

/// The mean of two SAMs' weights, of which one has learnt on from the other. It lies between two ends of training, in the middle of the hollow of the loss on whose edges they are, and is often better than
/// both (Izmailov and others, *Averaging Weights Leads to Wider Optima and Better Generalization*, UAI 2018).
///
///     java -cp 'cli/target/app/*' mini/Mean.java ONE.safetensors OTHER.safetensors TO.safetensors
final class Mean {
    public static void main(String[] args) {
        try (Safetensors one = Safetensors.open(Path.of(args[0])); Safetensors other = Safetensors.open(Path.of(args[1]))) {
            if (!one.entries().equals(other.entries())) throw new IllegalArgumentException("these are not two states of one network");
            Safetensors.write(Path.of(args[2]), other.metadata(), one.entries().sequencedKeySet().stream().map(name -> Item.of(name, one.shape(name),
                    mean(one.floats(name), other.floats(name)))).toList());
        }
    }

    private static float[] mean(float[] one, float[] other) {
        for (int i = 0; i < one.length; i++) one[i] = (one[i] + other[i]) / 2;
        return one;
    }
}
