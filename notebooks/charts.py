"""What the notebooks' charts share: a Chinese font, and the colours that the review page gives to the categories."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pylopdf_fonts_zh_cn
from matplotlib import font_manager

CATEGORIES = {
    "产出": "#2463c9",
    "效益": "#15803d",
    "满意度": "#c02672",
    "决策": "#7040c9",
    "过程": "#b25a06",
    "未归类": "#9aa3af",
}


def set_style() -> None:
    """Draw Chinese in Noto Sans SC, which comes with the set-up, on quiet axes."""
    path = pylopdf_fonts_zh_cn.sans_path()
    font_manager.fontManager.addfont(path)
    plt.rcParams.update(
        {
            "font.family": [font_manager.FontProperties(fname=path).get_name(), "DejaVu Sans"],
            "axes.unicode_minus": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "axes.titlesize": 13,
            "axes.titlepad": 12,
            "figure.dpi": 110,
            "figure.constrained_layout.use": True,
        }
    )
