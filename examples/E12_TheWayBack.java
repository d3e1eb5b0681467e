/// 12. The backward pass: one layer of SAM's mask decoder and a loss, with every gradient computed by hand and its formula beside it. The program
///     prints the shape and the norm of each.
///
/// For a leaf, the last column is the largest difference from the gradient that `loss.backward()` finds. [E4](E4_TheForwardPass.java) is the whole
/// forward pass. The backward pass applies one rule repeatedly, the chain rule: `dx`, the gradient of the loss with respect to `x`, is the sum, over
/// everything that was computed from `x`, of its gradient times its derivative with respect to `x`.
///
/// Notice two things. The bias of `k_proj` gets no gradient (except rounding errors), because it adds the same number to all scores of a query, which
/// does not change a softmax. And the image's positions get far smaller gradients than the few tokens.
///
/// Shapes: N tokens and P = G·G positions of the image, each of D numbers; M hidden units; H heads of d numbers each, I = H·d.
///
///     ./samovar example examples/E12_TheWayBack.java SAM PICTURE X Y

import dev.samovar.convert.Checkpoints;
import dev.samovar.core.io.TensorFile;
import dev.samovar.core.tensor.Device;
import dev.samovar.core.tensor.Gradients;
import dev.samovar.core.tensor.Scope;
import dev.samovar.core.tensor.Tensor;
import dev.samovar.imaging.format.PictureFile;
import dev.samovar.models.sam.PromptEncoder;
import dev.samovar.models.sam.Sam;
import dev.samovar.models.sam.SamFraming;

static final String LAYER = "mask_decoder.transformer.layers.0.";
static final float EPS = 1e-5f;

final Device device = Device.cpu();
final Map<String, Tensor> learnt = new LinkedHashMap<>();
TensorFile weights;
Gradients tape;
int heads;
int found;
double squares;
double worst;

void main(String[] args) {
    try (var file = Checkpoints.open(Path.of(args[0])); var sam = Sam.load(file, device); var _ = Scope.open()) {
        weights = file;
        heads = sam.config().decoderHeads();
        var picture = PictureFile.read(Path.of(args[1]));
        int s = sam.config().imageSize(), g = sam.config().grid(), n = g * g, d = sam.config().promptWidth();
        double scale = (double) s / Math.max(picture.width(), picture.height());
        float x = (float) (scale * Double.parseDouble(args[2])), y = (float) (scale * Double.parseDouble(args[3]));

        // The inputs are frozen: the image and its positions. The tokens are a leaf here, to show their gradient, too.
        Tensor embedding = sam.imageEncoder().forward(new SamFraming().input(device, picture, s));         // (1, D, G, G)
        var click = sam.promptEncoder().forward(new PromptEncoder.Points(Tensor.of(device, new float[]{x, y}, 1, 1, 2), List.of(1)), null, null);
        Tensor image = rows(embedding.add(click.dense()), n), places = rows(sam.promptEncoder().densePe(), n);                    // (P, D)
        Tensor own = Tensor.concat(0, read("mask_decoder.iou_token.weight"), read("mask_decoder.mask_tokens.weight"));
        Tensor tokens = leaf("tokens", Tensor.concat(0, own, click.sparse().reshape(-1, d)));                                     // (N, D)
        Tensor target = disc(g, x / s * g, y / s * g);                                                                            // (1, P)

        // ---- forward
        var self = new Attention("self_attn.", tokens, tokens, tokens);
        var norm1 = new Norm("norm1", self.out);
        Tensor asking = norm1.out.add(tokens), keys = image.add(places);
        var seen = new Attention("cross_attn_token_to_image.", asking, keys, image);
        var norm2 = new Norm("norm2", norm1.out.add(seen.out));
        var lin1 = new Linear("mlp.lin1", norm2.out);
        Tensor bent = lin1.out.relu();
        var lin2 = new Linear("mlp.lin2", bent);
        var norm3 = new Norm("norm3", norm2.out.add(lin2.out));
        var told = new Attention("cross_attn_image_to_token.", keys, norm3.out.add(tokens), norm3.out);
        var norm4 = new Norm("norm4", image.add(told.out));
        Tensor mask = norm3.out.slice(0, 1, 2);                                    // (1, D), the token of the first mask
        Tensor logits = mask.matmul(norm4.out, false, true).affine(1 / Math.sqrt(d), 0);       // (1, P): SAM enlarges the image before this
        Tensor p = logits.sigmoid();
        double both = p.mul(target).sum().item(), sum = p.add(target).sum().item();
        Tensor entropy = logits.softplus().sub(target.mul(logits)).sum().affine(1.0 / n, 0);
        Tensor dice = p.mul(target).sum().affine(2, 1).div(p.add(target).sum().affine(1, 1)).affine(-1, 1);
        Tensor loss = entropy.add(dice);
        IO.println("loss " + loss.item() + " = cross entropy " + entropy.item() + " + Dice " + dice.item());
        tape = loss.backward();

        // ---- backward, from the last line to the first
        // entropy = mean(ln(1 + exp(x)) − t·x)                    dx = (σ(x) − t)/P
        // dice = 1 − (2·Σ p·t + 1)/(Σ p + Σ t + 1) = 1 − N/M      dp = N/M² − 2·t/M,    dx = dp · p · (1 − p)
        double top = 2 * both + 1, below = sum + 1;
        Tensor dp = target.affine(-2 / below, top / (below * below));
        Tensor dlogits = p.sub(target).affine(1.0 / n, 0).add(dp.mul(p).mul(p.affine(-1, 1)));                                    // (1, P)
        show("logits", "(σ − t)/P + dp·σ·(1 − σ)", dlogits);
        // logits = mask · imageᵀ / √D                             dmask = dlogits · image / √D,    dimage = dlogitsᵀ · mask / √D
        Tensor dmask = dlogits.matmul(norm4.out).affine(1 / Math.sqrt(d), 0), dimage = dlogits.matmul(mask, true, false).affine(1 / Math.sqrt(d), 0);
        show("mask token", "dlogits·image/√D", dmask);
        show("image, attended", "dlogitsᵀ·mask/√D", dimage);

        // A sum passes its gradient on to each of its terms; a tensor that was used several times gets the sum of the gradients from all its uses.
        Tensor[] back = told.back(norm4.back(dimage));                             // of queries (P, D), keys and values (N, D)
        Tensor dtokens = back[1];
        Tensor dnorm3 = back[1].add(back[2]).add(dmask.pad(0, 1, tokens.dim(0) - 2));
        Tensor dnorm2 = norm3.back(dnorm3);                                        // of norm2 + lin2
        Tensor dbent = lin2.back(dnorm2);
        // y = max(x, 0)                                           dx = dy where y > 0
        Tensor drelu = dbent.mul(step(bent));
        show("hidden units", "dy where y > 0", drelu);
        Tensor dnorm1 = norm2.back(dnorm2.add(lin1.back(drelu)));                  // of norm1 + the attention to the image
        Tensor dasking = seen.back(dnorm1)[0];
        dtokens = dtokens.add(dasking);
        Tensor[] first = self.back(norm1.back(dnorm1.add(dasking)));               // queries, keys and values are the tokens
        dtokens = dtokens.add(first[0]).add(first[1]).add(first[2]);
        gradient("tokens", "Σ of the gradients from their 5 uses", dtokens);

        IO.println(learnt.size() + " leaves, " + found + " gradients with the norm " + Math.sqrt(squares) + "; the tape's have the norm " + tape.norm());
        IO.println("largest difference from the tape: " + worst);
    }
}

    // ---- the parts of the layer, each with its forward and its backward pass

/// `y = x·wᵀ + b`
class Linear {
    final String name;
    final Tensor x, w, out;

    Linear(String name, Tensor x) {
        this.name = name;
        this.x = x;
        w = parameter(name + ".weight");
        out = x.linear(w, parameter(name + ".bias"));
    }

    /// `dx = dy·w`, `dw = dyᵀ·x`, `db = Σ dy`
    Tensor back(Tensor dy) {
        gradient(name + ".weight", "dyᵀ·x", dy.matmul(x, true, false));
        gradient(name + ".bias", "Σ dy", dy.sum(0));
        return show(name + ", its input", "dy·w", dy.matmul(w));
    }
}

/// `y = x̂·w + b` with `x̂ = (x − μ)·r`, `r = 1/√(σ² + eps)`, for each row separately
class Norm {
    final String name;
    final Tensor x, w, out;

    Norm(String name, Tensor x) {
        this.name = name;
        this.x = x;
        w = parameter(name + ".weight");
        out = x.layerNorm(-1, w, parameter(name + ".bias"), EPS);
    }

    /// With `g = dy·w`: `dx = r·(g − mean(g) − x̂·mean(g·x̂))`, `dw = Σ dy·x̂`, `db = Σ dy`
    Tensor back(Tensor dy) {
        Tensor centred = x.sub(column(x.mean(1))), r = Tensor.full(device, 1, 1, 1).div(column(centred.mul(centred).mean(1)).affine(1, EPS).sqrt());
        Tensor hat = centred.mul(r), g = dy.mul(w.reshape(1, -1));
        gradient(name + ".weight", "Σ dy·x̂", dy.mul(hat).sum(0));
        gradient(name + ".bias", "Σ dy", dy.sum(0));
        return show(name + ", its input", "r·(g − mean(g) − x̂·mean(g·x̂))", g.sub(column(g.mean(1))).sub(hat.mul(column(g.mul(hat).mean(1)))).mul(r));
    }
}

/// `out = (softmax(q·kᵀ/√d)·v)·wᵀ + b` in H heads, where `q`, `k` and `v` are three linear layers, applied to the inputs for queries, keys and values
class Attention {
    final Linear q, k, v, proj;
    final Tensor out, p;

    Attention(String name, Tensor asks, Tensor asked, Tensor given) {
        q = new Linear(name + "q_proj", asks);
        k = new Linear(name + "k_proj", asked);
        v = new Linear(name + "v_proj", given);
        Tensor qs = heads(q.out);
        p = qs.matmul(heads(k.out), false, true).affine(1 / Math.sqrt(qs.dim(2)), 0).softmax(2);           // (H, N, P)
        proj = new Linear(name + "out_proj", beside(p.matmul(heads(v.out))));
        out = proj.out;
    }

    /// In each head: `dv = pᵀ·dy`, `dp = dy·vᵀ`, `ds = p·(dp − Σ dp·p)`, `dq = ds·k/√d`, `dk = dsᵀ·q/√d`
    Tensor[] back(Tensor dout) {
        Tensor dy = heads(proj.back(dout)), qs = heads(q.out), ks = heads(k.out), vs = heads(v.out);
        Tensor dv = p.matmul(dy, true, false), dp = dy.matmul(vs, false, true);
        Tensor ds = p.mul(dp.sub(dp.mul(p).sum(2).reshape(p.dim(0), p.dim(1), 1))).affine(1 / Math.sqrt(qs.dim(2)), 0);
        show(q.name + ", its output", "ds·k/√d", ds.matmul(ks));
        show(k.name + ", its output", "dsᵀ·q/√d", ds.matmul(qs, true, false));
        show(v.name + ", its output", "pᵀ·dy", dv);
        return new Tensor[]{q.back(beside(ds.matmul(ks))), k.back(beside(ds.matmul(qs, true, false))), v.back(beside(dv))};
    }

    Tensor heads(Tensor x) {                                                       // (N, H·d)
        return x.reshape(x.dim(0), heads, -1).permute(1, 0, 2);                    // (H, N, d)
    }

    Tensor beside(Tensor x) {                                                      // (H, N, d)
        return x.permute(1, 0, 2).reshape(x.dim(1), -1);                           // (N, H·d)
    }
}

// ---- helpers

/// A leaf with these numbers that requires a gradient.
Tensor leaf(String name, Tensor x) {
    return learnt.computeIfAbsent(name, _ -> Tensor.parameter(device, x.toArray(), x.shape(), true));
}

Tensor parameter(String name) {
    return leaf(name, read(LAYER + name));
}

Tensor read(String name) {
    return Tensor.of(device, weights.floats(name), weights.shape(name).dims());
}

/// Maps (1, D, G, G) as rows (P, D).
Tensor rows(Tensor maps, int positions) {
    return maps.reshape(-1, positions).permute(1, 0);
}

/// One number for each row (n), as (n, 1).
Tensor column(Tensor x) {
    return x.reshape(-1, 1);
}

/// 1 where `x > 0`, else 0.
Tensor step(Tensor x) {
    float[] values = x.toArray();
    for (int i = 0; i < values.length; i++) values[i] = values[i] > 0 ? 1 : 0;
    return Tensor.of(device, values, x.shape().dims());
}

/// The target mask: a disc around the click, with a radius of an eighth of the picture.
Tensor disc(int g, float x, float y) {
    float[] inside = new float[g * g];
    for (int i = 0; i < inside.length; i++) inside[i] = Math.hypot(i % g + 0.5 - x, i / g + 0.5 - y) < g / 8.0 ? 1 : 0;
    return Tensor.of(device, inside, 1, g * g);
}

/// Shows the gradient of a leaf, and compares it with the tape's.
void gradient(String name, String formula, Tensor dx) {
    float[] mine = dx.toArray(), tapes = tape.of(learnt.get(name)).toArray();
    double largest = 0;
    for (int i = 0; i < mine.length; i++) largest = Math.max(largest, Math.abs(mine[i] - tapes[i]));
    found++;
    squares += Math.pow(length(dx), 2);
    worst = Math.max(worst, largest);
    line(name, formula, dx, String.format(Locale.ROOT, "   %.0e off", largest));
}

/// Shows the gradient of an intermediate result.
Tensor show(String what, String formula, Tensor dx) {
    line("  " + what, formula, dx, "");
    return dx;
}

void line(String what, String formula, Tensor dx, String end) {
    IO.println(String.format(Locale.ROOT, "d %-49s %-34s %-10s |d| = %.3e%s", what, formula, dx.shape(), length(dx), end));
}

double length(Tensor x) {
    double sum = 0;
    for (float v : x.toArray()) sum += (double) v * v;
    return Math.sqrt(sum);
}
