package dev.samovar.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.samovar.core.io.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

class HtmlTest {
    @Test
    void textAndAttributesAreEscaped() {
        assertEquals("<p title=\"&quot;&gt;&lt;x\">a &lt;b&gt; &amp; c</p>", Html.tag("p", "a <b> & c").with("title", "\"><x").markup());
    }

    @Test
    void whatXmlCannotHoldIsReplaced() {
        assertEquals("a\uFFFDb\uFFFDc\uFFFD\tü𝄞", Html.text("a\u0000b\u001Bc\uD800\tü𝄞").markup());
    }

    @Test
    void attributesOfAnEmptyElementStandBeforeItsEnd() {
        assertEquals("<img alt=\"c\" src=\"data:image/png;base64,AQI=\"/>", Html.picture(new byte[]{1, 2}, "c").markup());
    }

    @Test
    void anOutlineLeavesNothingOut() {
        Json json = Json.object().with("learningRate", 5e-4).with("names", List.of("a", "<b>")).with("none", List.of()).with("heldOut", true)
                .with("head", Json.object().with("kind", "vit"));
        assertEquals("<dl><dt>learning rate</dt><dd>0.0005</dd>\n<dt>names</dt><dd>a, &lt;b&gt;</dd>\n<dt>none</dt><dd>none</dd>\n"
                + "<dt>held out</dt><dd>yes</dd></dl><section><h3>Head</h3><dl><dt>kind</dt><dd>vit</dd></dl></section>", Outline.of(json).markup());
    }
}
