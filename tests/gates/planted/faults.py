"""What is planted: faults, harmless edits, waivers and forged records.

A new gate adds its faults here; test_planted.py says what is asked of each.
"""

from __future__ import annotations

import json

from .edits import (
    CODE,
    DRAWING,
    DRAWN,
    EN,
    FIGURES,
    GONE,
    LABELS,
    OUTPUTS,
    SETTINGS,
    TERMS,
    ZH,
    Change,
    Fault,
    add,
    in_both,
    metric,
    new,
    sub,
    swapped,
    unused_metric,
    without,
)

FAULTS = [
    # --- Numbers ---
    Fault(
        "digit changed in one language",
        {EN: new("has 60,000 images", "has 50,000 images")},
        "numbers",
        "50,000",
    ),
    Fault(
        "digit changed in one language",
        {ZH: new("训练集有 60,000", "训练集有 60,001")},
        "numbers",
        "60,001",
    ),
    Fault(
        "digit changed in one language",
        {EN: new("in 938 batches of 64", "in 938 batches of 32")},
        "parity",
        "number 32",
    ),
    Fault(
        "digit changed in one language",
        {ZH: new("938 个批次", "983 个批次")},
        "numbers",
        "983",
    ),
    Fault(
        "digit changed in both",
        in_both(
            new("938 个批次", "983 个批次"), new("938 batches", "983 batches")
        ),
        "numbers",
        "983",
    ),
    Fault(
        "digit changed in both",
        in_both(
            new("第一层算出 512", "第一层算出 521"),
            new("computes 512 numbers", "computes 521 numbers"),
        ),
        "numbers",
        "521",
    ),
    Fault(
        "digit changed in both",
        in_both(
            new("100 张认对 98 张", "100 张认对 97 张"),
            new("About 98 out", "About 97 out"),
        ),
        "numbers",
        "97",
    ),
    Fault(
        "digit changed in a caption",
        {EN: new("The 1 in the first row", "The 6 in the first row")},
        "numbers",
        "6",
    ),
    Fault(
        "digit changed in a caption",
        {ZH: new("连第二行那个歪歪扭扭的 5", "连第二行那个歪歪扭扭的 8")},
        "parity",
        "number 8",
    ),
    Fault(
        "digit changed in alternative text",
        {EN: new("labeled 5, 0, 4, 1, 9 and", "labeled 5, 0, 4, 1, 6 and")},
        "numbers",
        "6",
    ),
    Fault(
        "digit changed in a table",
        {EN: new("| 18,496 |", "| 18,469 |")},
        "numbers",
        "18,469",
    ),
    Fault(
        "digit changed in a table",
        in_both(
            new("| 73,856 |", "| 73,586 |"), new("| 73,856 |", "| 73,586 |")
        ),
        "numbers",
        "73,586",
    ),
    Fault(
        "number in full-width digits",
        {ZH: new("测试集有 10,000 张", "测试集有 １２,０００ 张")},
        "numbers",
        "１２,０００",
    ),
    Fault(
        "number with 万",
        {ZH: new("测试集有 10,000 张", "测试集有 3 万张")},
        "numbers",
        "3 万",
    ),
    Fault(
        "number in words",
        {EN: new("Ten thousand test images", "Twelve thousand test images")},
        "numbers",
        "Twelve thousand",
    ),
    Fault(
        "number in words",
        {ZH: new("一万张测试图像", "三千张测试图像")},
        "numbers",
        "三千",
    ),
    Fault(
        "number added from nowhere",
        {EN: add("\nTraining takes 37 minutes on a phone.\n")},
        "numbers",
        "37",
    ),
    Fault(
        "number added from nowhere",
        {ZH: add("\n在手机上要 37 分钟。\n")},
        "numbers",
        "37",
    ),
    Fault(
        "formula that does not hold",
        {EN: new("28 − 3 + 1 = 26", "28 − 3 + 1 = 27")},
        "numbers",
        "does not hold",
    ),
    Fault(
        "formula that does not hold",
        in_both(
            new("3 × 3 × 128 = 1152", "3 × 3 × 128 = 1125"),
            new("3 × 3 × 128 = 1152", "3 × 3 × 128 = 1125"),
        ),
        "numbers",
        "does not hold",
    ),
    Fault(
        "formula that does not hold",
        {EN: new("derived: 12 = 24 / 2", "derived: 13 = 24 / 2")},
        "numbers",
        "is not what",
    ),
    Fault(
        "formula out of nothing",
        {EN: new("derived: 12 = 24 / 2", "derived: 12 = 36 / 3")},
        "numbers",
        "36 in the formula",
    ),
    Fault(
        "numbering out of order",
        {EN: new("### 2. Could", "### 3. Could")},
        "numbers",
        "number 3 in a numbered sequence",
    ),
    # --- Both languages ---
    Fault(
        "section deleted in one language",
        {EN: without("curves")},
        "parity",
        "heading 2 #curves",
        ZH,
    ),
    Fault(
        "section deleted in one language",
        {ZH: without("remember")},
        "parity",
        "heading 2 #remember",
    ),
    Fault(
        "sections swapped",
        {EN: swapped("train", "evaluate")},
        "parity",
        "heading 2 #evaluate",
        ZH,
    ),
    Fault(
        "heading id changed",
        {EN: new("{#dense}", "{#dens}")},
        "parity",
        "#dens",
        ZH,
    ),
    Fault(
        "heading id changed",
        {ZH: new("{#predictions}", "{#prediction}")},
        "parity",
        "#prediction",
    ),
    Fault(
        "heading without id", {EN: new(" {#dense}", "")}, "links", "has no id"
    ),
    Fault(
        "heading id used twice",
        in_both(new("{#dense}", "{#build}"), new("{#dense}", "{#build}")),
        "links",
        "#build",
    ),
    Fault(
        "heading level changed",
        {EN: new("## Train {#train}", "### Train {#train}")},
        "parity",
        "heading 3 #train",
        ZH,
    ),
    Fault(
        "figure missing in one language",
        {EN: sub(r"!\[[^\]]*\]\([^)]*look\.svg\)\n", "")},
        "parity",
        "look.svg",
        ZH,
    ),
    Fault(
        "caption missing in one language",
        {EN: sub(r"/// caption\n.*?\n///\n", "")},
        "parity",
        "caption",
        ZH,
    ),
    Fault(
        "box of another kind",
        {EN: new("??? note", "??? tip")},
        "parity",
        "box note",
        ZH,
    ),
    Fault(
        "table row missing",
        {EN: sub(r"\| `conv2d_1` [^\n]*\n", "")},
        "parity",
        "table row",
        ZH,
    ),
    Fault(
        "table cell missing",
        {EN: new("| 18,496 |", "|")},
        "parity",
        "3 cells",
        ZH,
    ),
    Fault(
        "list item missing",
        {EN: sub(r"- The \*\*metric\*\*[^\n]*\n", "")},
        "parity",
        "list item",
        ZH,
    ),
    Fault(
        "another number quoted",
        {EN: new(".convnet_accuracy.sd |", ".dense_accuracy.sd |")},
        "parity",
        "dense_accuracy.sd",
    ),
    Fault(
        "link only in one language",
        {EN: new("[below](#error-scale)", "below")},
        "parity",
        "#error-scale",
        ZH,
    ),
    Fault(
        "other section included",
        {EN: new("py:build_dense", "py:compare")},
        "parity",
        "py:compare",
        ZH,
    ),
    Fault(
        "page in one language only",
        {"docs/zh/index.md": GONE},
        "parity",
        "docs/zh/index.md",
        "docs/en/index.md",
    ),
    Fault(
        "text edited, other language not reviewed",
        {EN: new("The task is a classic one", "The task is an old one")},
        "reviews",
        "#mnist-convnet",
        ZH,
    ),
    Fault(
        "text edited, other language not reviewed",
        {ZH: new("任务很经典", "任务很老套")},
        "reviews",
        "#mnist-convnet",
        EN,
    ),
    Fault(
        "explanation edited, other language not reviewed",
        {TERMS: sub(r"(?<=#curves\n  says_en: )[^\n]*", "Learning by heart.")},
        "reviews",
        "section #overfitting was not reviewed",
    ),
    Fault(
        "review file damaged",
        {"docs/reviews/mnist_convnet.json": add("}")},
        "reviews",
        "no JSON",
    ),
    Fault(
        "page never reviewed",
        {"docs/reviews/mnist_convnet.json": GONE},
        "reviews",
        "nobody has noted yet",
        ZH,
    ),
    # --- Complete lessons ---
    Fault(
        "text left to write",
        {EN: new("The task is a classic one", "TODO: say where it is from")},
        "complete",
        "TODO: say where it is from",
    ),
    Fault(
        "text left to write",
        {ZH: sub(r"^title: .*?$", 'title: "TODO：标题"')},
        "complete",
        "TODO：标题",
    ),
    Fault(
        "text left to write",
        {ZH: new("任务很经典", "任务TODO很经典")},
        "complete",
        "TODO很经典",
    ),
    Fault(  # the word is no mark in it, so languages are compared as always
        "digit changed beside what looks like a mark",
        {EN: new("in 938 batches of 64", "in 938 `TODOS` batches of 32")},
        "parity",
        "number 32",
    ),
    Fault(
        "code left to write",
        {CODE: add("# TODO: the next step\n")},
        "complete",
        "TODO: the next step",
    ),
    Fault(
        "test left to write",
        {"tests/lessons/test_pooling.py": add("# TODO: test the rest\n")},
        "complete",
        "TODO: test the rest",
    ),
    Fault(
        "lesson not in the navigation",
        {"mkdocs.yml": new("  - pooling.md\n", "")},
        "complete",
        "`nav` does not list the lesson pooling",
    ),
    Fault(
        "lesson not on the home page",
        {"docs/en/index.md": sub(r"^\| \[Pooling\][^\n]*\n", "")},
        "complete",
        "does not list the lesson pooling",
    ),
    Fault(
        "lesson without tests",
        {"tests/lessons/test_pooling.py": GONE},
        "complete",
        "the lesson pooling has no tests",
    ),
    Fault(
        "script without a page",
        {"snippets/stray.py": add("print(1)\n")},
        "complete",
        "no page belongs to this script",
    ),
    # --- Fences ---
    Fault(
        "fence in an unknown language",
        {
            EN: new(
                '```python\n--8<-- "snippets/mnist_convnet.py:setup"',
                '```pyhton\n--8<-- "snippets/mnist_convnet.py:setup"',
            )
        },
        "fences",
        "did you mean",
    ),
    Fault(
        "fence shown as text",
        in_both(new("```python", "```text"), new("```python", "```text")),
        "fences",
        "no recorded one",
    ),
    Fault(
        "output typed by hand",
        in_both(
            new(
                f'--8<-- "{OUTPUTS}/load.txt"',
                "training images: (60000, 28, 28)",
            ),
            new(
                f'--8<-- "{OUTPUTS}/load.txt"',
                "training images: (60000, 28, 28)",
            ),
        ),
        "fences",
        "typed in by hand",
    ),
    Fault(
        "`cont` after another language",
        {
            EN: new(
                '```python\n--8<-- "snippets/mnist_convnet.py:look"',
                '<!--pytest-codeblocks:cont-->\n```python\n--8<-- "snippets/mnist_convnet.py:look"',
            )
        },
        "fences",
        "continues a text fence",
    ),
    Fault(
        "block skipped without a reason",
        {
            EN: new(
                '```python\n--8<-- "snippets/mnist_convnet.py:look"',
                '<!--pytest-codeblocks:skip-->\n```python\n--8<-- "snippets/mnist_convnet.py:look"',
            )
        },
        "fences",
        "left out",
    ),
    Fault(
        "code without a fence",
        {EN: add("\nTry it:\n\n    import keras\n")},
        "fences",
        "indented code",
    ),
    Fault(
        "hidden code",
        {EN: add("\n<!--\n```python\nx = 1\n```\n-->\n")},
        "fences",
        "no reader sees it",
    ),
    # --- Orphans, links, files ---
    Fault(
        "broken anchor",
        in_both(
            new("(#error-scale)", "(#error-scales)"),
            new("(#error-scale)", "(#error-scales)"),
        ),
        "links",
        "#error-scales",
    ),
    Fault(
        "broken link",
        {"docs/en/index.md": new("(mnist_convnet.md)", "(mnist_convnets.md)")},
        "links",
        "leads nowhere",
    ),
    Fault(
        "section of code that is not there",
        {EN: new("py:samples", "py:sample")},
        "links",
        "no section sample",
    ),
    Fault(
        "section of code that no page shows",
        {CODE: add("\n# --8<-- [start:extra]\nx = 1\n# --8<-- [end:extra]\n")},
        "links",
        "no page shows section extra",
    ),
    Fault(
        "output missing", {f"{OUTPUTS}/compare.txt": GONE}, "current", "missing"
    ),
    Fault(
        "output missing",
        {f"{OUTPUTS}/load.txt": GONE},
        "links",
        "does not exist",
        ZH,
    ),
    Fault(
        "output that no page shows",
        {f"{OUTPUTS}/setup.txt": add("hello\n")},
        "links",
        "no page shows this output",
    ),
    Fault(
        "figure file missing",
        {f"{FIGURES}/look.svg": GONE},
        "links",
        "look.svg does not exist",
        EN,
    ),
    Fault(
        "image without alternative text",
        {EN: sub(r"!\[[^\]]*\](?=\([^)]*look)", "![]")},
        "links",
        "no alternative text",
    ),
    Fault(
        "image from another site",
        {
            EN: new(
                "](assets/figures/mnist_convnet/look.svg)",
                "](https://example.org/look.svg)",
            )
        },
        "links",
        "another site",
    ),
    Fault(
        "settings for no section",
        {SETTINGS: new("[metrics.compare]", "[metrics.comparison]")},
        "links",
        "no section comparison",
    ),
    Fault(
        "settings with an unknown entry",
        {SETTINGS: new("seeds = 5", "seed = 5")},
        "files",
        "unknown entry seed",
    ),
    Fault(
        "fact without a source",
        {
            "docs/facts.yml": new(
                "source: tests/check_python.py", "source: hearsay"
            )
        },
        "links",
        "no source",
    ),
    Fault(
        "fact that no page cites",
        {
            "docs/facts.yml": add(
                "imagenet:\n  numbers: [14000000]\n  source: https://www.image-net.org\n"
            )
        },
        "links",
        "imagenet",
    ),
    Fault(
        "fact that is not there",
        {EN: new("fact: lecun-1998", "fact: lecun-1989")},
        "links",
        "lecun-1989",
    ),
    Fault(
        "facts damaged", {"docs/facts.yml": add("a: [\n")}, "files", "no YAML"
    ),
    Fault(
        "waiver without a reason",
        {EN: sub(r"waived number 7:[^\n]*", "waived number 7:")},
        "links",
        "has no reason",
    ),
    Fault(
        "waiver that nothing needs",
        in_both(
            new(
                "<!-- derived: 784", "<!--\nwaived number 99: why\nderived: 784"
            ),
            new(
                "<!-- derived: 784", "<!--\nwaived number 99: why\nderived: 784"
            ),
        ),
        "waivers",
        "number 99",
    ),
    # --- Terms ---
    Fault(
        "wrong term",
        {ZH: new("32 个滤波器", "32 个过滤器")},
        "terms",
        "过滤器",
    ),
    Fault("wrong term", {ZH: new("平均准确率", "平均精度")}, "terms", "精度"),
    Fault(
        "wrong term",
        {
            EN: new(
                "The dense network hardly", "The fully connected layer hardly"
            )
        },
        "terms",
        "fully connected layer",
    ),
    Fault(
        "wrong term",
        {TERMS: new("says_zh: 滤波器", "says_zh: 过滤器")},
        "terms",
        "过滤器",
    ),
    Fault(
        "term outside the glossary",
        {ZH: new("（receptive field）", "（receptor field）")},
        "terms",
        "receptor field",
    ),
    Fault(
        "term outside the glossary",
        {ZH: new("**过拟合**（overfitting）", "**过度学习**（overfitting）")},
        "terms",
        "过拟合（overfitting）",
    ),
    Fault(
        "term that a lesson introduces and the glossary lacks",
        {TERMS: sub(r"(?<=  zh: 过拟合\n)(?:  [^\n]*\n)+", "")},
        "terms",
        "the glossary lacks 过拟合（overfitting）",
        ZH,
    ),
    Fault(
        "term taught on no page",
        {TERMS: new("mnist_convnet#curves", "mnist_convnets#curves")},
        "terms",
        "names no page and section",
    ),
    Fault(
        "term taught on no page",
        {TERMS: new("mnist_convnet#curves", "mnist_convnet")},
        "terms",
        "names no page and section",
    ),
    Fault(
        "term taught in no section",
        {TERMS: new("mnist_convnet#curves", "mnist_convnet#curve")},
        "terms",
        "#curves, perhaps",
    ),
    Fault(
        "term that its section does not use",
        {EN: new("*overfitting*", "*memorizing*")},
        "terms",
        f"“overfitting” at {EN}",
        TERMS,
    ),
    Fault(
        "term that its section does not use",
        {ZH: new("**过拟合**（overfitting）", "**死记硬背**")},
        "terms",
        f"“过拟合” at {ZH}",
        TERMS,
    ),
    Fault(
        "term taught where it is not introduced",
        {
            TERMS: new(
                "taught: pooling#receptive-field\n",
                "taught: padding_strides#next\n",
            )
        },
        "terms",
        "does not introduce 感受野（receptive field）",
    ),
    Fault(
        "term explained in one language",
        {TERMS: sub(r"(?<=#curves\n)  says_en: [^\n]*\n", "")},
        "terms",
        "has `taught` but not `says_en`",
    ),
    Fault(
        "term explained in one language",
        {TERMS: sub(r"(?<=#curves\n)(  says_en: [^\n]*\n)  [^\n]*\n", r"\1")},
        "terms",
        "has `taught` but not `says_zh`",
    ),
    Fault(
        "term explained and not taught",
        {TERMS: new("  taught: mnist_convnet#curves\n", "")},
        "terms",
        "has `says_en` but not `taught`",
    ),
    Fault(
        "number in an explanation",
        {TERMS: sub(r"(?<=#curves\n  says_en: )", "In 99 of 100 runs, ")},
        "terms",
        "the number 99",
    ),
    Fault(
        "term with two entries",
        {TERMS: add("overfit:\n  en: overfitting\n  zh: 过拟合\n")},
        "terms",
        "two entries",
    ),
    Fault(
        "term with two entries",
        {TERMS: add("overfitting:\n  en: over-fitting\n  zh: 过拟合\n")},
        "files",
        "stands twice",
    ),
    Fault(
        "field of a term misspelled",
        {TERMS: new("  taught: mnist_convnet#curves", "  tought: #curves")},
        "files",
        "unknown field 'tought'",
    ),
    Fault(
        "field of a term without brackets",
        {TERMS: new("not_zh: [过滤器]", "not_zh: 过滤器")},
        "files",
        "not_zh: list",
    ),
    Fault(
        "link to a term that the glossary lacks",
        {EN: add("\nSee [this](glossary.md#overfiting).\n")},
        "links",
        "overfitting, perhaps",
    ),
    # --- Wording ---
    Fault(
        "Chinese typesetting",
        {TERMS: sub(r"(?<=  says_zh: )(?=滤波器)", "CNN的")},
        "language",
        "typesetting",
    ),
    Fault(
        "English spelling",
        {TERMS: sub(r"(?<=  says_en: )The weights", "The wieghts")},
        "language",
        "wieghts",
    ),
    Fault(
        "English spelling",
        {TERMS: new("Labeled examples kept", "Labelled examples kept")},
        "language",
        "Labelled",
    ),
    Fault(
        "Chinese typesetting",
        {ZH: new("训练集有 60,000 张", "训练集有60,000 张")},
        "language",
        "typesetting",
    ),
    Fault(
        "Chinese typesetting",
        {ZH: new("    5×5 的窗口有", "    把5×5 的窗口,有")},
        "language",
        "typesetting",
    ),
    Fault(
        "English spelling",
        {EN: new("neighbors", "nieghbors")},
        "language",
        "nieghbors",
    ),
    Fault(
        "English spelling",
        {EN: new("A color photo", "A colour photo")},
        "language",
        "colour",
    ),
    # --- Claims ---
    Fault(
        "metric that no longer supports its sentence",
        {f"{OUTPUTS}/metrics.json": metric("pixels_accuracy", 0.985)},
        "claims",
        "no longer support",
        EN,
    ),
    Fault(
        "metric that no longer supports its sentence",
        {f"{OUTPUTS}/metrics.json": metric("brief_convnet_scrambled", 0.97)},
        "claims",
        "no longer support",
        ZH,
    ),
    Fault(
        "metric that no longer supports its sentence",
        {f"{OUTPUTS}/metrics.json": metric("dense_accuracy", 0.991)},
        "numbers",
        "98 is not what",
        EN,
    ),
    Fault(
        "comparison that nothing backs",
        {EN: add("\nIt is faster than a person.\n")},
        "claims",
        "faster",
    ),
    Fault(
        "comparison that nothing backs",
        {ZH: add("\n它比人快 3 倍，也更准。\n")},
        "claims",
        "快 3",
    ),
    Fault(
        "condition over an unknown metric",
        {EN: new("claim: errors_removed.seeds", "claim: errors_removd.seeds")},
        "claims",
        "cannot be evaluated",
    ),
    Fault(
        "test that is not there",
        {
            EN: new(
                "::test_dense_network_overfits_more",
                "::test_dense_network_overfits",
            )
        },
        "claims",
        "there is no test",
    ),
    # --- Records ---
    Fault(
        "stale record: code changed",
        {CODE: new("epochs=5", "epochs=6")},
        "current",
        "changed since it was recorded",
        EN,
    ),
    Fault(
        "stale record: seed changed",
        {CODE: new("set_random_seed(1)", "set_random_seed(2)")},
        "current",
        "section setup changed",
        ZH,
    ),
    Fault(
        "stale record: version changed",
        {"requirements.txt": sub(r"^keras==[\d.]+", "keras==3.99.0")},
        "current",
        "keras",
        f"{OUTPUTS}/evidence.json",
    ),
    Fault(
        "stale record: data changed",
        {f"{OUTPUTS}/evidence.json": new("06af5dfe", "06af5dff")},
        "current",
        "data of lesson",
    ),
    Fault(
        "no record at all",
        {f"{OUTPUTS}/evidence.json": GONE},
        "current",
        "no run",
    ),
    Fault(
        "output edited",
        {f"{OUTPUTS}/evaluate.txt": sub(r"0\.99\d\d", "0.9999")},
        "current",
        "changed by hand",
    ),
    Fault(
        "figure replaced",
        {f"{FIGURES}/curves.svg": add("<!-- x -->\n")},
        "current",
        "changed by hand",
    ),
    Fault(
        "figure data edited",
        {f"{OUTPUTS}/curves.figure.json": add(" ")},
        "current",
        "changed by hand",
    ),
    Fault(
        "metric edited",
        {f"{OUTPUTS}/metrics.json": metric("gap", 0.0117)},
        "current",
        "changed by hand",
    ),
    Fault(
        "record damaged",
        {f"{OUTPUTS}/metrics.json": add("}")},
        "files",
        "no JSON",
        "snippets/outputs",
    ),
    Fault(
        "corrupt data file",
        {"snippets/data/mnist.npz": GONE},
        "current",
        "is missing",
    ),
    # --- Drawings, and the words in figures ---
    Fault(
        "stale drawing: script changed",
        {DRAWING: new("plt.show()", "plt.show(block=True)")},
        "current",
        "changed since it was recorded",
    ),
    Fault(
        "stale drawing: section gone",
        {DRAWING: sub(r"^# --8<-- \[start:by_hand\].*?end:by_hand\]\n", "")},
        "current",
        "the drawing by_hand was recorded, but is not here",
    ),
    Fault(
        "stale drawing: module changed",
        {"snippets/drawings/parts/grids.py": add("\nCELL = 1\n")},
        "current",
        "changed since drawings/convolution was recorded with it",
    ),
    Fault(
        "stale drawing: module gone",
        {"snippets/drawings/parts/grids.py": GONE},
        "current",
        "changed since drawings/convolution was recorded with it",
    ),
    Fault(
        "drawing edited",
        {
            "docs/assets/figures/drawings/convolution/by_hand.svg": add(
                "<!-- x -->\n"
            )
        },
        "current",
        "changed by hand",
    ),
    Fault(
        "drawing edited",
        {f"{DRAWN}/by_hand.figure.json": add(" ")},
        "current",
        "changed by hand",
    ),
    Fault(
        "drawing never recorded",
        {f"{DRAWN}/evidence.json": GONE},
        "current",
        "no run of the lesson drawings/convolution",
    ),
    Fault(
        "label without Chinese",
        {LABELS: new("true digit: 真实数字\n", "")},
        "figures",
        "“true digit” has no Chinese",
        f"{FIGURES}/confusion.svg",
    ),
    Fault(
        "label without Chinese",
        {f"{FIGURES}/curves.svg": new(">accuracy<", ">accurcy<")},
        "figures",
        "where “accuracy” stands",
    ),
    Fault(
        "label that no figure has",
        {LABELS: add("fraction of ink: 墨迹所占比例\n")},
        "figures",
        "no figure has the label “fraction of ink”",
    ),
    Fault(
        "label with another count of numbers",
        {LABELS: new('"# read as #": "# 认成 #"', '"# read as #": "认成 #"')},
        "figures",
        "not as many numbers",
    ),
    Fault("labels damaged", {LABELS: add("a: [\n")}, "figures", "no YAML"),
    Fault(
        "annotation misspelled",
        {EN: new("claim: errors_removed", "clam: errors_removed")},
        "links",
        "clam:",
    ),
    Fault(
        "fact that is no entry",
        {"docs/facts.yml": add("imagenet: large\n")},
        "files",
        "'imagenet' is incomplete",
    ),
    Fault(
        "fact with one number for a list",
        {"docs/facts.yml": new("numbers: [1998]", "numbers: 1998")},
        "files",
        "'lecun-1998' is incomplete",
    ),
    Fault(
        "term without a translation",
        {"docs/terms.yml": add("attention: {en: attention}\n")},
        "files",
        "'attention' is incomplete",
    ),
    Fault(
        "facts that are a list",
        {"docs/facts.yml": lambda _: "- a\n- b\n"},
        "files",
        "incomplete",
    ),
    Fault(
        "fence that nothing closes",
        {EN: add("\n```python\nx = 1\n")},
        "links",
        "nothing closes this fence",
    ),
    Fault(
        "condition about no result",
        {EN: new("claim: errors_removed.seeds | min > 0\n", "claim: 2 > 1\n")},
        "claims",
        "about no result",
    ),
    Fault(
        "comment that nothing closes",
        {EN: add("\n<!-- todo\n\nIt took 77 steps.\n")},
        "links",
        "nothing closes this comment",
    ),
    Fault(
        "metric that nothing uses",
        {f"{OUTPUTS}/metrics.json": unused_metric},
        "links",
        "no page quotes the metric loneliness",
    ),
    Fault(
        "badge out of date",
        {
            f"{OUTPUTS}/evidence.json": sub(
                r'"date": "[^"]*"', '"date": "2031-01-01"'
            )
        },
        "badges",
        "does not show what is recorded",
        ".github/badges/last-run.svg",
    ),
    Fault(
        "badge edited",
        {".github/badges/mnist_convnet.svg": sub(r"99\.\d\d", "99.99")},
        "badges",
        "does not show what is recorded",
    ),
]


HARMLESS: dict[str, dict[str, Change | None]] = {
    "lines reflowed": {
        EN: new(
            "gray image of a handwritten digit, say",
            "gray image\nof a handwritten digit, say",
        )
    },
    "lines joined": {
        EN: new(
            "training set and a test set.\nKeras",
            "training set and a test set. Keras",
        )
    },
    "Chinese line broken": {ZH: new("任务很经典：", "任务很经典：\n")},
    "blank lines added": {
        EN: new("\n## Train {#train}", "\n\n\n## Train {#train}")
    },
    "spaces at line ends": {
        EN: new("The task is a classic one", "The  task is a classic one")
    },
    "sections moved in both": in_both(
        swapped("remember", "what-was-run"), swapped("remember", "what-was-run")
    ),
    "fence renamed to py": {EN: new("```python", "```py")},
    "fence with a title": {EN: new("```python", '```python title="setup.py"')},
    "fence in braces": {EN: new("```python", "``` { .python .annotate }")},
    "fence of tildes": {
        EN: sub(r"```python\n([^\n]*py:setup\"\n)```", r"~~~python\n\1~~~")
    },
    "another title of an output": {
        EN: new('title="Output"', 'title="What it prints"')
    },
    "comment in the code": {
        CODE: new("import keras\n", "import keras  \n# the library\n")
    },
    "blank line in the code": {CODE: new("import keras\n", "import keras\n\n")},
    "plain comment in a page": {EN: add("\n<!-- nothing to prove here -->\n")},
    "settings commented": {SETTINGS: add("\n# nothing more\n")},
    "new fact beside a cited one": {
        "docs/facts.yml": new("pythons:", "# versions\npythons:")
    },
    "new term in the glossary": {
        "docs/terms.yml": add("attention: {en: attention, zh: 注意力}\n")
    },
    "rejected variant of a term added": {
        TERMS: sub(r"(?<=  zh: 过拟合\n)", "  not_zh: [过适]\n")
    },
    "another name that is no word": {"docs/words.txt": add("Fukushima\n")},
    "data notes edited": {"snippets/data/README.md": add("\nMore about it.\n")},
    "link text broken over lines": {
        EN: new("[the end of the page]", "[the end\nof the page]")
    },
    "box opened by default": {EN: new("??? note", "???+ note")},
    "claim made stricter, and true": in_both(
        new(
            "errors_removed.seeds | min > 0\n",
            "errors_removed.seeds | min > 0.3\n",
        ),
        new(
            "errors_removed.seeds | min > 0\n",
            "errors_removed.seeds | min > 0.3\n",
        ),
    ),
    "review file with other spaces": {
        "docs/reviews/index.json": lambda t: json.dumps(json.loads(t), indent=4)
    },
    "another processor in the evidence": {
        f"{OUTPUTS}/evidence.json": sub(
            r'"processor": "[^"]*"', '"processor": "Example"'
        )
    },
    "unused picture in assets": {"docs/assets/extra.txt": add("x")},
}


WAIVED: dict[str, tuple[dict[str, Change | None], str]] = {
    "number 37": (
        {EN: add("\n<!-- waived number 37: why -->\nIt takes 37 minutes.\n")},
        "numbers",
    ),
    "difference number 37": (
        {
            EN: add(
                "\n<!-- waived difference number 37: why -->\nIt takes 37 minutes.\n"
            )
        },
        "parity",
    ),
    "difference block": (
        {
            EN: add(
                "\n<!-- waived difference block: why -->\n- One item more.\n"
            )
        },
        "parity",
    ),
    "review": (
        {
            EN: sub(r"^The task is a classic one", "An old task"),
            ZH: new(
                "# 训练卷积网络", "<!-- waived review: why -->\n# 训练卷积网络"
            ),
        },
        "reviews",
    ),
    "fence": (
        {EN: add("\n<!-- waived fence: why -->\n\n    import keras\n")},
        "fences",
    ),
    "link": (
        {
            EN: add(
                "\n<!-- waived link nowhere.md: why -->\nSee [this](nowhere.md).\n"
            )
        },
        "links",
    ),
    "alternative text": (
        {
            EN: sub(
                r"!\[[^\]]*\](?=\([^)]*samples)",
                "<!-- waived alternative text: why -->\n![]",
            )
        },
        "links",
    ),
    "term": (
        {ZH: add("\n<!-- waived term 过滤器: why -->\n也叫过滤器。\n")},
        "terms",
    ),
    "term introduced": (
        {
            ZH: add(
                "\n<!-- waived term attention: why -->\n这叫注意（attention）。\n"
            )
        },
        "terms",
    ),
    "typesetting": (
        {ZH: add("\n<!-- waived typesetting: why -->\n共有abc个。\n")},
        "language",
    ),
    "spelling": (
        {EN: add("\n<!-- waived spelling Zorblax: why -->\nIt is Zorblax.\n")},
        "language",
    ),
    "comparison": (
        {EN: add("\n<!-- waived comparison: why -->\nIt is faster.\n")},
        "claims",
    ),
    "stale": (
        {
            CODE: new(
                "predict(test_images, verbose=0)  #",
                "predict(test_images, verbose=1)  #",
            ),
            EN: sub(
                r"^```python\n(?=[^\n]*py:predict\")",
                "<!-- waived stale: why -->\n```python\n",
            ),
            ZH: sub(
                r"^```python\n(?=[^\n]*py:predict\")",
                "<!-- waived stale: why -->\n```python\n",
            ),
        },
        "current",
    ),
}


# Faults that a run has to find, because the digests were forged too.
FORGED = {
    "metric nudged outside its band": (
        "evaluate",
        {"metrics.json": metric("convnet_accuracy", 0.97)},
        "outside its band",
    ),
    "metric nudged in one seed": (
        "evaluate",
        {"metrics.json": sub(r'("page": )0\.9907', r"\g<1>0.9957")},
        "does not follow",
    ),
    "metric deleted": (
        "evaluate",
        {
            "metrics.json": lambda t: json.dumps(
                {k: v for k, v in json.loads(t).items() if k != "gap"}
            )
        },
        "not recorded",
    ),
    "digit of an output nudged": (
        "load",
        {"load.txt": new("60000", "60001")},
        "60001",
    ),
    "shape in a summary edited": (
        "summary",
        {"summary.txt": new("18,496", "18,469")},
        "18,469",
    ),
    "figure data nudged": (
        "curves",
        {"curves.figure.json": sub(r"0\.94\d+", "0.93")},
        "0.93",
    ),
}
