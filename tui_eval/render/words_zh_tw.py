"""Traditional Chinese (Taiwan): words by the English ones.

The names of commands stay English: they are what the screen shows.
"""

from __future__ import annotations

COMMANDS: dict[str, str] = {
    "key": "按鍵",
    "Everywhere": "所有畫面",
    "Moving": "移動",
    "Several screens": "多個畫面共用",
    # everywhere
    "List the datasets: runs, harness, best run.": (
        "列出資料集：評測結果數、評測框架、最佳的評測結果。"
    ),
    "Choose which runs are open.": "選擇要開啟哪些評測結果。",
    "See which run is better at what.": "看哪個評測結果在哪方面較好。",
    "Compare runs with a baseline.": "把評測結果與基準相比。",
    "See which questions flipped, and the answers.": "看哪些題目的對錯翻轉了，以及作答內容。",
    "See scores over training steps, and what was lost.": "看分數隨訓練步數的變化，以及退步之處。",
    "See whether two benchmarks put the models in the same order.": (
        "看兩個評測基準排出的模型順序是否相同。"
    ),
    "Show runs that were read since; else read all files anew.": (
        "顯示之後讀到的評測結果；沒有的話重新讀取所有檔案。"
    ),
    "Show new results as they appear; again: stop.": "有新結果就顯示；再按一次停止。",
    "List the keys of this screen: ? or F1.": "列出這個畫面的按鍵：? 或 F1。",
    "Stop reading files or answers.": "停止讀取檔案或作答。",
    "Close what is open, else go back to where you were; at the top stop reading.": (
        "關閉開著的視窗，沒有的話回到上一個位置；在最上層則停止讀取。"
    ),
    "Go back, as Esc does; in the list of folders go to the folder above.": (
        "與 Esc 一樣返回；在資料夾清單中則到上一層資料夾。"
    ),
    "Go back, as Esc does; at the top quit.": "與 Esc 一樣返回；在最上層則結束程式。",
    "Quit from anywhere.": "在任何地方結束程式。",
    "Copy the selected text; without one, pressed twice, quit.": (
        "複製選取的文字；沒有選取時，按兩次結束程式。"
    ),
    "Go back to the shell; fg there comes back here.": "回到 shell；在那裡輸入 fg 就會回來。",
    "Find a command by its name.": "以名稱尋找指令。",
    "Copy the command that opens this view: dataset, metric, scale, runs, questions.": (
        "複製能開啟這個畫面的指令：資料集、指標、刻度、評測結果與題目。"
    ),
    "Draw the whole screen anew, where something else has written over it.": (
        "畫面被其他程式蓋掉時，重畫整個畫面。"
    ),
    # curves
    "Compare the step at the cursor with the one before it.": "把游標處的步數與前一個步數相比。",
    "Show steps on a logarithmic axis or on a linear one.": "步數軸改用對數或線性刻度。",
    "Curves of all datasets; again: of one.": "所有資料集的曲線；再按一次只看一個。",
    # moving
    "Move up a row.": "上移一列。",
    "Move down a row.": "下移一列。",
    "Move left a column.": "左移一欄。",
    "Move right a column.": "右移一欄。",
    "Go to the first row.": "到第一列。",
    "Go to the last row.": "到最後一列。",
    "Move down half a screen.": "下移半個畫面。",
    "Move up half a screen.": "上移半個畫面。",
    "Move down a screen.": "下移一個畫面。",
    "Move up a screen.": "上移一個畫面。",
    # tables
    "Copy the table as Markdown.": "把表格複製成 Markdown。",
    "Show how the run at the cursor was made, and its facts.": (
        "顯示游標處的評測結果是如何產生的，以及相關資訊。"
    ),
    "Show how the run at the cursor differs from the baseline; on Files two marked runs.": (
        "顯示游標處的評測結果與基準有何不同；在 Files 則比較標記的兩個。"
    ),
    "Find a row by its name as you type.": "邊輸入邊以名稱尋找列。",
    "Find a dataset by its name as you type.": "邊輸入邊以名稱尋找資料集。",
    "Go to the next row found.": "到下一個找到的列。",
    "Go to the previous row found.": "到上一個找到的列。",
    "Save this table as CSV, Markdown or JSON.": "把這個表格存成 CSV、Markdown 或 JSON。",
    "Copy the cell at the cursor.": "複製游標處的儲存格。",
    "Show or hide the chart.": "顯示或隱藏圖表。",
    "Show scores on 0–1 or on 0–100.": "以 0–1 或 0–100 顯示分數。",
    "Choose the metric: accuracy, its std, pass@k, unparsed …": (
        "選擇指標：準確率、其標準差、pass@k、無法解析的題數等。"
    ),
    "Choose the dataset.": "選擇資料集。",
    "Choose datasets of other harnesses that mean the same, to compare them side by side.": (
        "選擇其他評測框架中意義相同的資料集，以便並排比較。"
    ),
    "Open the questions of the row at the cursor, or the dataset or group.": (
        "開啟游標處那一列的題目，或資料集、群組。"
    ),
    "Choose the runs that are shown; a: all of them.": "選擇要顯示的評測結果；a：全部。",
    "Choose the runs that are counted; a: all of them.": "選擇要計入的評測結果；a：全部。",
    # files and datasets
    "Open the marked runs, or the folder at the cursor.": (
        "開啟標記的評測結果，或游標處的資料夾。"
    ),
    "Open the scores of the dataset at the cursor.": "開啟游標處資料集的分數。",
    "Mark or unmark the run at the cursor.": "標記游標處的評測結果，或取消標記。",
    "Mark all runs shown; again: none.": "標記所有顯示的評測結果；再按一次全部取消。",
    "Keep runs that contain all words: in names, datasets, paths, dates. !word, date>2026-11.": (
        "只留下含有所有字詞的評測結果：比對名稱、資料集、路徑、日期。!字詞、date>2026-11。"
    ),
    "Switch between runs and folders.": "在評測結果與資料夾之間切換。",
    "Save the list of runs as CSV, Markdown or JSON.": (
        "把評測結果清單存成 CSV、Markdown 或 JSON。"
    ),
    "Copy the path of the file at the cursor.": "複製游標處檔案的路徑。",
    "Order rows by the next of the usual columns.": "依下一個常用的欄位排序。",
    "Order rows by the column at the cursor; again: the other way. Or click its heading.": (
        "依游標處的欄位排序；再按一次反向。也可以點選欄名。"
    ),
    # scores
    "Order rows: best mean first, worst first, by name.": (
        "排序：平均最好的在前、最差的在前、依名稱。"
    ),
    "Order rows by the column at the cursor; again: the other way.": (
        "依游標處的欄位排序；再按一次反向。"
    ),
    "Runs as rows, best first, or categories (datasets) as rows.": (
        "以評測結果為列（最好的在前），或以類別（資料集）為列。"
    ),
    "Keep categories with scores ≥ or ≤ a value.": "只留下分數 ≥ 或 ≤ 某個值的類別。",
    "Show all categories again.": "重新顯示所有類別。",
    "Raise the filter's value by a step.": "把篩選值調高一級。",
    "Lower the filter's value by a step.": "把篩選值調低一級。",
    "Go to the next page.": "下一頁。",
    "Go to the previous page.": "上一頁。",
    "Show 10, 20, 30, 50 or 100 rows a page, or all rows.": (
        "每頁顯示 10、20、30、50 或 100 列，或所有列。"
    ),
    "Close all groups of categories, or open them; Enter: one.": (
        "收合或展開所有類別群組；Enter：只對一個。"
    ),
    "How sure scores are: show ± (stderr), then 95 % intervals, then neither.": (
        "分數有多可靠：先顯示 ±（標準誤），再顯示 95 % 信賴區間，然後都不顯示。"
    ),
    "Read answers that are too many to be read unasked, so that tests are paired.": (
        "讀取太多而沒有自動讀取的作答，讓檢定可以逐題配對。"
    ),
    "Means of all datasets; Enter opens one.": ("所有資料集的平均；Enter 開啟其中一個。"),
    "Choose the datasets of the overview; none marked: those that several runs have.": (
        "選擇總覽中的資料集；都不標記：好幾個評測結果都有的資料集。"
    ),
    "Open the questions of a score, a run against the best, a dataset, or a group.": (
        "開啟分數的題目、評測結果與最佳者的比較、資料集或群組。"
    ),
    "Compare all runs with the run at the cursor.": "把所有評測結果與游標處的評測結果相比。",
    # delta
    "Choose the run that the others are compared with.": "選擇作為基準的評測結果。",
    "Choose the runs that are compared.": "選擇要比較的評測結果。",
    "Order rows: Δ down, Δ up, |Δ|, by name; flips: by net, fixed, broken, by name.": (
        "排序：Δ 由大到小、由小到大、|Δ|、依名稱；對錯翻轉：依淨值、fixed、broken、名稱。"
    ),
    "Hide differences smaller than a value.": "隱藏小於某個值的差異。",
    "Show differences of any size again.": "重新顯示所有差異。",
    "Choose the difference up to which two runs are the same.": (
        "設定兩個評測結果相差多少以內算作相同。"
    ),
    "Longer lists of improved and declined; elsewhere a larger least |Δ|.": (
        "進步與退步清單加長；在其他清單中提高最小 |Δ|。"
    ),
    "Shorter lists of improved and declined; elsewhere a smaller least |Δ|.": (
        "進步與退步清單縮短；在其他清單中降低最小 |Δ|。"
    ),
    "Categories, overview, most improved, most declined, what flipped, missing, all pairs.": (
        "類別、總覽、進步最多、退步最多、對錯翻轉、缺少的類別、兩兩比較。"
    ),
    "Go back to the list before.": ("回到前一個清單。"),
    # completeness
    "See which runs lack questions or answers, and why.": (
        "看哪些評測結果缺少題目或作答，以及原因。"
    ),
    "Show only what is not complete; again: all.": "只顯示不完整的項目；再按一次顯示全部。",
    "Choose the dataset whose completeness is shown, or all of them.": (
        "選擇要看哪個資料集是否完整，或所有資料集。"
    ),
    "Choose the runs that are checked; a: all of them.": ("選擇要檢查的評測結果；a：全部。"),
    "Find a run or category by its name.": "以名稱尋找評測結果或類別。",
    "Read the answers that are too many to be checked unasked; after a stop read on.": (
        "讀取因數量太多而未自動檢查的作答；停止之後則繼續讀取。"
    ),
    "Open the questions that the row at the cursor is about.": "開啟游標所在列所指的題目。",
    # correlation
    "Open the scores of the row at the cursor.": "開啟游標所在列的分數。",
    "Compare the categories of one dataset; again: datasets.": (
        "比較一個資料集的各類別；再按一次比較資料集。"
    ),
    "Choose the dataset whose categories are compared.": "選擇要比較類別的資料集。",
    # re-score
    "Score stored answers again with other filters, without the model.": (
        "用其他篩選器（filter）重新計分已存的作答，不需要模型。"
    ),
    "Score these answers again with other filters, without the model.": (
        "用其他篩選器（filter）重新計分這些作答，不需要模型。"
    ),
    "Edit the pattern of the filter at the cursor; on new regex… type one.": (
        "編輯游標處篩選器的樣式；在 new regex… 輸入新的。"
    ),
    "Edit all steps of the filter, as lm-eval's JSON.": (
        "以 lm-eval 的 JSON 編輯篩選器的所有步驟。"
    ),
    "Keep the filter by a name, for later.": "替篩選器取名並保存，以後可用。",
    "Delete the kept or new filter at the cursor.": "刪除游標處保存的或新的篩選器。",
    "Choose the metric: exact_match with its options, or as each run was scored.": (
        "選擇指標：exact_match 及其選項，或依各評測結果原本的計分方式。"
    ),
    "Make the new scores a run of its own, beside the one that answered, on all screens.": (
        "把新分數變成一個獨立的評測結果，在所有畫面與原本的並列。"
    ),
    "Save the new scores as result and sample files of lm-eval, in a folder.": (
        "把新分數以 lm-eval 的結果檔與作答檔存到資料夾。"
    ),
    "Score all questions, also very many, and go on after a stop.": (
        "計分所有題目，再多也計；停止後也可用來繼續。"
    ),
    "Switch between filters and answers.": "在篩選器與作答之間切換。",
    "Score all questions again, not some only.": "取消條件，重新計分所有題目。",
    "Choose the runs that are scored beside it.": "選擇要在旁邊計分的評測結果。",
    # samples
    "Show answers on the whole screen; again: on half of it.": (
        "以整個畫面顯示作答；再按一次回到一半。"
    ),
    "Go to the next question.": "到下一題。",
    "Go to the previous question.": "到上一題。",
    "Fixed, broken, all wrong, unparsed …: choose what is shown.": (
        "選擇要顯示的題目：fixed、broken、全部答錯、無法解析等。"
    ),
    "Keep questions by an expression: not b.correct and …": (
        "以條件式篩選題目：not b.correct and …"
    ),
    "Show all questions again.": "重新顯示所有題目。",
    "Find a regular expression in prompts and answers.": "在提示與作答中以正規表示式搜尋。",
    "Go to the next hit, here or in the next question.": (
        "到下一個找到的地方，在這一題或之後的題目。"
    ),
    "Go to the previous hit, here or in a previous question.": (
        "到上一個找到的地方，在這一題或之前的題目。"
    ),
    "Switch between questions and answers.": "在題目與作答之間切換。",
    "Order questions as they were asked.": "依原本的題目順序排列。",
    "Order questions by the column at the cursor; again: the other way.": (
        "依游標處的欄位排列題目；再按一次反向。"
    ),
    "Show the next attempt.": "顯示下一次作答。",
    "Show the previous attempt.": "顯示上一次作答。",
    "Show the answers of the next runs.": "顯示後面幾個評測結果的作答。",
    "Show the answers of the previous runs.": "顯示前面幾個評測結果的作答。",
    "Show or fold the reasoning of the models.": "顯示或收合模型的推理過程。",
    "Show the whole prompt, or its beginning and end.": "顯示整個提示，或只顯示開頭與結尾。",
    "Mark the words in which answers differ.": "標出作答之間不同的字詞。",
    "Show all of prompt, reasoning, steps and answers; again: fold.": (
        "完整顯示提示、推理、步驟與作答；再按一次收合。"
    ),
    "In the answers: copy prompt (p), target (t) or the answer of a run (a, b, …).": (
        "在作答區：複製提示 (p)、標準答案 (t) 或某個評測結果的作答 (a、b…)。"
    ),
    "Choose the category, or all of the dataset.": "選擇類別，或整個資料集。",
    "Choose the run that is called a.": "選擇稱為 a 的評測結果。",
    "Choose the runs whose answers are shown beside it.": "選擇要在旁邊顯示作答的評測結果。",
}
"""What README's tables of keys say."""
