"""What the glossary says in Traditional Chinese, by what it says in English."""

from __future__ import annotations

from collections.abc import Mapping

FIGURES: Mapping[str, str] = {
    "figure": "數字或符號",
    "What the figures mean": "數字與符號的意思",
    "score": "分數",
    "mean over categories": "各類別的平均",
    "mean over questions": "各題的平均",
    "better, worse": "better（較好）、worse（較差）",
    "can't tell": "can't tell（無法判斷）",
    "the same within": "the same within（在此範圍內相同）",
    "paired on": "paired on（配對題數）",
    "totals only": "totals only（只有總分）",
    "fixes, breaks": "fixes（改對）、breaks（改錯）",
    "can see gaps ≥": "can see gaps ≥（看得出的最小差距）",
    "needs questions": "needs questions（需要的題數）",
    "flaky": "flaky（不穩定）",
    "suspect": "suspect（答案可疑）",
    "step": "step（訓練步數）",
    "Δ before, Δ best": "Δ before、Δ best（與前一步、與最好的一步之差）",
    "regression": "regression（退步）",
    "plateau": "plateau（停滯）",
    "Share of questions that are answered right, or the mean score.": (
        "答對題數的比例，或平均分數。"
    ),
    "Standard error as the harness reports it: the score would move by about this much with other "
    "questions of the same kind.": (
        "評測框架回報的標準誤：換成另一批同類題目，分數大約會變動這麼多。"
    ),
    "95 % interval: the plausible range of the true score, with only n questions like these. "
    "Wilson where answers are right or wrong, Student's t elsewhere.": (
        "95 % 區間：只有 n 題這樣的題目時，真實分數可能的範圍。答案分對錯時用 Wilson，其他用 "
        "Student's t。"
    ),
    "How many questions count. Those that failed are left out, not counted as wrong, unless the "
    "harness counts them.": (
        "計入的題數。失敗的題目不計入，也不算答錯，除非評測框架把它們算進去。"
    ),
    "Questions on one passage, copies of a question and repeats of it stand or fall together: "
    "together they count for fewer.": (
        "同一篇文章的題目、重複的題目與重複的作答會一起對或一起錯，合起來只相當於較少的題數。"
    ),
    "Macro mean: every category counts the same, whatever its size.": (
        "Macro 平均：每個類別的比重相同，不論大小。"
    ),
    "Micro mean: every question counts the same, so large categories count more.": (
        "Micro 平均：每一題的比重相同，所以大的類別影響較大。"
    ),
    "Level: the data cannot tell this score from the best one of its row or column (a paired test, "
    "Holm over the runs), or this difference from none.": (
        "持平：資料無法分辨這個分數與同一列或同一欄的最佳分數（配對檢定，對各評測結果做 Holm "
        "校正），或無法分辨這個差距與沒有差距。"
    ),
    "Not asked or scored in the same way: settings differ that may make the difference.": (
        "提問或計分方式不同：設定有差異，差距可能由此而來。"
    ),
    "The stderr that is reported is known to be wrong; this one is worked out from the answers, or "
    "of a mean from those of its categories. The run facts tell both, and why.": (
        "已知回報的標準誤有錯；這個是由作答重新計算的，平均則由各類別的標準誤計算。"
        "評測結果的詳細資訊會列出兩者與原因。"
    ),
    "The stderr that is reported is known to be wrong, and nothing is there to work it out from.": (
        "已知回報的標準誤有錯，而且沒有資料可以重新計算。"
    ),
    "Range and standard deviation of the scores when the same model is run several times.": (
        "同一模型評測多次時，分數的範圍與標準差。"
    ),
    "Score of the candidate minus score of the baseline, on the questions that both answered.": (
        "候選的分數減去基準的分數，只算兩者都作答的題目。"
    ),
    "95 % interval of Δ: the true difference is probably in it. Newcombe where answers are right "
    "or wrong, else Student's t of the differences.": (
        "Δ 的 95 % 區間：真實差距很可能在其中。答案分對錯時用 Newcombe，否則用差值的 Student's t。"
    ),
    "The whole interval is above zero, or below it.": "整個區間都高於零，或都低於零。",
    "The interval has zero in it: it may be chance. This is not the same as no difference.": (
        "區間包含零：可能只是運氣。這不等於沒有差距。"
    ),
    "The whole interval is within the margin that you set.": "整個區間都在你設定的範圍內。",
    "How many questions both runs answered: only these are compared.": (
        "兩個評測結果都作答的題數：只比較這些題目。"
    ),
    "The answers to single questions are not there, so the two scores are compared as if they came "
    "from different questions: the interval is wider than it should be.": (
        "沒有逐題的作答，所以兩個分數只能當成來自不同題目來比較：區間比應有的寬。"
    ),
    "Questions that only the candidate has right, and that only the baseline has right.": (
        "只有候選答對的題目，與只有基準答對的題目。"
    ),
    "If both were equally good, a difference this large would come up this often. McNemar mid-p "
    "where answers are right or wrong, paired t elsewhere, flipped signs below 30 questions.": (
        "若兩者一樣好，出現這麼大差距的機率。答案分對錯時用 McNemar mid-p，其他用配對 t 檢定，少於 "
        "30 題時用符號翻轉檢定。"
    ),
    "Among all rows with a q at most this small, about this share are false alarms "
    "(Benjamini–Hochberg over the visible rows).": (
        "在 q 不大於此值的所有列中，大約有這個比例是誤報（對看得見的列做 "
        "Benjamini–Hochberg 校正）。"
    ),
    "p made larger because several pairs of runs are tested at once: the chance of any false alarm "
    "among them stays below 5 %.": (
        "同時檢定多對評測結果時放大的 p：其中出現任何誤報的機率仍低於 5 %。"
    ),
    "A true difference smaller than this would mostly be missed with these questions (80 % "
    "power).": ("比這更小的真實差距，用這些題目多半看不出來（檢定力 80 %）。"),
    "How many questions of this kind are needed to see a difference of one point.": (
        "要看出一分的差距，需要多少這類題目。"
    ),
    "Right at least once in k attempts.": "k 次作答中至少對一次。",
    "Right in all of k attempts.": "k 次作答全對。",
    "The most common answer of k attempts is right.": "k 次作答中最常見的答案是對的。",
    "Right in some attempts at the question, wrong in others.": "同一題有時對、有時錯。",
    "Better runs miss the question and worse runs have it right: look at its reference.": (
        "較好的評測結果答錯、較差的卻答對：請檢查這題的標準答案。"
    ),
    "How far training was: the number of steps, of checkpoints, or of tokens that the name of the "
    "model tells.": "訓練進行到哪裡：模型名稱透露的步數、檢查點編號或 token 數。",
    "Score of the step minus that of the step before it, and minus that of the best so far.": (
        "這一步的分數減去前一步的分數，以及減去到目前為止最好一步的分數。"
    ),
    "A step that is shown to be worse than the one before it or than the best so far. All these "
    "tests of a curve are adjusted together (Holm), so that chance alone rarely finds one.": (
        "確定比前一步或到目前為止最好的一步差。一條曲線的這些檢定一起校正（Holm），單憑運氣很少會出現。"
    ),
    "Since this step no later one is better beyond what these questions can show.": (
        "從這一步起，之後沒有任何一步好到這些題目能看出來的程度。"
    ),
    "Spearman: do the two benchmarks put the models in the same order? 1 = the same order, 0 = no "
    "relation, −1 = the opposite order.": (
        "Spearman：兩個評測基準是否把模型排成相同的順序？1 = 相同，0 = 無關，−1 = 相反。"
    ),
    "Kendall: pairs of models in the same order minus pairs in the opposite order, ties taken "
    "out.": ("Kendall：順序相同的模型對數減去順序相反的對數，不計同分。"),
    "Share of the answers in which the filter found nothing. All invalid: it does not fit how this "
    "model writes, so a score of 0 says nothing of the model.": (
        "篩選器什麼都沒找到的作答所占的比例。all invalid：它不符合這個模型的寫法，"
        "因此 0 分並不表示模型不會。"
    ),
    "The score that the harness gave the same questions. The new score is compared with it "
    "question by question.": "框架給相同題目的分數。新分數與它逐題比較。",
    "The filter needed too long on the answer and was stopped: the answer has no score.": (
        "篩選器在這則作答上花太久而被停止：這則作答沒有分數。"
    ),
    "Incomplete: something of what was asked has no answer, or failed. Unknown: nothing tells how "
    "many questions there should be, or their answers are not there.": (
        "incomplete：問過的題目中有些沒有作答，或作答失敗。unknown：無從得知應有幾題，或找不到作答檔案。"
    ),
    "Questions that there should be: as many as the harness says that it asked, else those that "
    "other runs of the same questions have.": (
        "應有的題數：框架記錄所問的題數；沒有記錄時，則是使用相同題目的其他評測結果所有的題目。"
    ),
    "Expected questions without an answer.": "應有而沒有作答的題目。",
    "Answers that are there again, and answers to questions that are none of the expected.": (
        "重複出現的作答，以及不屬於應有題目的作答。"
    ),
    "Answers in which nothing was found to score; some harnesses then guess at random.": (
        "找不到可評分內容的作答；有些框架這時會隨機猜一個答案。"
    ),
}
