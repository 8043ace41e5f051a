package Demo::Story;

# The story: twenty-five steps through real nginx, Redis, store, mail and SMS. Every
# step looks at what others would see: the store's API and log, the inbox, the
# bytes on the wire.

use strict;
use warnings;
use v5.30;

use Demo::Browser;
use Demo::Stage;
use JSON::PP;
use MIME::Base64 qw(decode_base64url);
use Mojo::UserAgent;
use OrderSave::Show;
use Time::Local qw(timegm);
use Time::HiRes qw(sleep time);

my ($passed, $failed) = (0, 0);

sub ok ($$) {
    my ($good, $what) = @_;
    print $good ? 'ok' : 'not ok', " - $what\n";
    $good ? $passed++ : $failed++;
    return $good;
}

sub step { print "# $_[0]\n" }

sub path { $_[0] =~ s{^https?://[^/]+}{}r }

sub body_has { my ($answer, $text) = @_; return index($answer->{body}, $text) >= 0 }

sub token { OrderSave::Nginx::token($_[0]) // '' }

# What the store was asked about an order's cancel.
sub cancels {
    my ($store, $id) = @_;
    return grep { $_->{line} =~ /cancel_order/ && $_->{line} =~ /order_id=$id\b/ }
        @{$store->requests};
}

# The arm of an order, as the module shows it: does the page come?
sub treated {
    my ($t, $order, @more) = @_;
    my $answer = $t->get(path($order->{cancel_url}), headers => ["Cookie: $order->{cookie}"], @more);
    return $answer->{body} =~ /ordersave_token/ ? $answer : undef;
}

# Orders of different customers until one is in the arm that is wanted.
sub in_arm {
    my ($t, $want, %new) = @_;
    for my $n (1 .. 200) {
        state $who = 0;
        $who++;
        my $order = $t->buy('shop', customer => 'camille', %new,
            billing => {email => "buyer$who\@mail.example", first_name => 'Camille',
                        phone => '+15005550' . sprintf('%03d', $who), country => $new{country} // 'FR',
                        %{$new{billing} // {}}});
        my $page = treated($t, $order);
        return ($order, $page) if $want eq 'treatment' ? $page : !$page;
    }
    die "no order in the $want arm\n";
}

sub play {
    $| = 1;
    my $begun = time;
    my $t = Demo::Stage->new(after => '2s');
    my $good = eval {
        $t->start;
        known_order($t);
        offered($t);
        strangers($t);
        kept_and_paid($t);
        cancelled($t);
        holdout($t);
        without_redis($t);
        killed_worker($t);
        two_stores($t);
        matched($t);
        on_its_way($t);
        told_once($t);
        live_page($t);
        comes_back($t);
        nobody_ships($t);
        after_delivery($t);
        exchanged($t);
        forgotten($t);
        mended($t);
        asked_back($t);
        stopped($t);
        headless($t);
        withdrawn($t);
        texted($t);
        office($t);
        buttons();
        1;
    };
    ok(0, "the story comes to its end: $@") unless $good;
    my @alerts = $t->alerts;
    ok(!@alerts, 'no alert in any log');
    print "# $_\n" for @alerts;
    $t->stop;
    printf "# %.1f s\n", time - $begun;
    print "$passed passed, $failed failed\n";
    return $failed ? 1 : 0;
}

my ($first, $first_page);

sub known_order {
    my ($t) = @_;
    step '1. a signed order.created arrives';
    ($first, $first_page) = in_arm($t, 'treatment', status => 'pending', locale => 'fr');
    my $id = $first->{order}{id};
    my $record = $t->record('shop', $id);
    ok($record->{total} == $first->{order}{total} * 100, "order $id is known, with its total");
    ok($record->{payment} eq 'unpaid' && $record->{pay_url}, 'as unpaid, with its pay link');
    my $state = $t->{shop}->control('GET', '/state');
    my ($hook) = grep { ($_->{topic} // '') eq 'order.created' } @{$state->{deliveries}};
    ok($hook && ($hook->{status} // $hook->{code} // 0) == 202, "the store's signed webhook was taken (202)");
}

# The first line that is another one.
sub differ {
    my @first = split /\n/, $_[0];
    my @second = split /\n/, $_[1];
    shift @first, shift @second while @first && @second && $first[0] eq $second[0];
    print "# was: ", $first[0] // 'nothing', "\n# is:  ", $second[0] // 'nothing', "\n" if @first || @second;
    return;
}

sub offered {
    my ($t) = @_;
    step '2. the customer follows the Cancel link of the orders page';
    my $id = $first->{order}{id};
    my @cookie = (headers => ["Cookie: $first->{cookie}"]);
    my $list = $t->get('/my-account/orders/', headers => ["Cookie: $first->{cookie}"]);
    my ($link) = $list->{body} =~ /href="([^"]*cancel_order=true[^"]*order_id=$id\b[^"]*)"/;
    $link = ($link // '') =~ s/&#0?38;|&amp;/&/gr;
    ok($link, 'the orders page has the link');
    # what fits is looked up in the catalog after the order has become known, and a
    # shard without a code asks the others for theirs
    $t->wait_for('its products', sub { $t->record('shop', $id)->{track}{fits} });
    my $page;
    $t->wait_for('a code', sub {
        $page = $t->get(path($link || $first->{cancel_url}), @cookie);
        return body_has($page, 'accept:save10');
    });
    ok($page->{status} == 200 && token($page), 'the answer is the offer page');
    ok($page->{head} =~ /^Content-Language: fr\r?$/m && $page->{body} =~ /<html lang="fr"/, "in the order's language");
    ok($page->{body} =~ /value="cancel"/, 'with cancel anyway beside the offers');
    ok(!cancels($t->{shop}, $id), 'the store sees no cancel');
    my $plain = sub { $_[0]{body} =~ s/value="k1\.[^"]*"//gr };
    my $reload = $t->get(path($link), @cookie);
    my $back = $t->get(path($link), headers => ["Cookie: $first->{cookie}", 'Cache-Control: max-age=0']);
    my $same = $plain->($reload) eq $plain->($page) && $plain->($back) eq $plain->($page);
    ok($same, 'reload, Back and a second tab show it again');
    differ($plain->($page), $plain->($_)) for $same ? () : ($reload, $back);
    my $prefetch = $t->get(path($link), headers => ["Cookie: $first->{cookie}", 'Sec-Purpose: prefetch']);
    ok($prefetch->{status} == 503 && !cancels($t->{shop}, $id), 'a prefetch does nothing');
    $first_page = $page;
}

sub strangers {
    my ($t) = @_;
    step '3. a wrong key, and a doubled order_id';
    my $id = $first->{order}{id};
    my $wrong = path($first->{cancel_url}) =~ s/([?&]order=)[^&]*/$1wc_order_wrong/r;
    my $doubled = path($first->{cancel_url}) . '&order_id=1';
    for my $case (['a wrong order key', $wrong], ['a doubled order_id', $doubled]) {
        my ($name, $uri) = @$case;
        my $answer = $t->get($uri);
        my $item = $first->{order}{line_items}[0]{name};
        ok(!body_has($answer, $item) && !body_has($answer, $first->{order}{total}), "$name: nothing of the order is shown");
        ok($answer->{body} !~ /value="accept:(?!returns)/, "$name: nothing can be granted");
    }
    my $stolen = $t->post($wrong, [[ordersave_do => 'accept:five'], [ordersave_token => 'k1.e30.AAAA']]);
    ok($stolen->{status} == 403, 'a forged token is refused');
    ok(!$t->decision('shop', $id), 'and nothing was decided');
}

sub kept_and_paid {
    my ($t) = @_;
    step '4. accept of a discount on an unpaid order';
    my $id = $first->{order}{id};
    my $uri = path($first->{cancel_url});
    my @fields = ([ordersave_reason => 'payment'], [ordersave_do => 'accept:five'], [ordersave_token => token($first_page)]);
    my @cookie = (headers => ["Cookie: $first->{cookie}"]);
    my $begun = time;
    my $answer = $t->post($uri, \@fields, @cookie);
    my $location = OrderSave::Nginx::header($answer, 'Location') // '';
    ok($answer->{status} == 303 && $location =~ m{/checkout/order-pay/$id}, 'the pay link opens')
        or print "# $answer->{status} $location\n";
    ok(time - $begun < 5, sprintf 'within 5 s (%.2f)', time - $begun);
    my $again = $t->post($uri, \@fields, @cookie);
    ok($again->{status} == 303 && (OrderSave::Nginx::header($again, 'Location') // '') eq $location, 'the same token gets the same answer');
    ok($t->decision('shop', $id)->{applied} eq 'done', 'the offer is applied');
    my (undef, $shop) = $t->{shop}->api('GET', "/orders/$id");
    ok(abs($shop->{total} - ($first->{order}{total} - 5)) < 0.001, "the store's API shows the changed total: $shop->{total}");
    ok(@{$shop->{fee_lines}} == 1, 'once');
    my ($mark) = grep { $_->{key} eq '_ordersave_offer' } @{$shop->{meta_data}};
    ok($mark && $mark->{value} eq $t->decision('shop', $id)->{nonce}, 'and the marker');
    my $pay = $t->get(path($location), @cookie);
    ok($pay->{body} =~ /\Q$shop->{total}\E/, 'the pay page asks for the reduced sum');
    my ($action, @inputs) = form($pay->{body});
    $t->post(path($action || $location), \@inputs, @cookie);
    (undef, $shop) = $t->{shop}->api('GET', "/orders/$id");
    ok($shop->{date_paid_gmt} && abs($shop->{total} - ($first->{order}{total} - 5)) < 0.001, 'the reduced sum is paid');
    my ($mail) = @{$t->{sink}->messages(1, kind => 'mail', to => $first->{order}{billing}{email})};
    ok($mail, 'a mail says so') or return;
    my $sum = $shop->{total} =~ s/\./,/r;
    ok($mail->{text} =~ /\Q$sum\E|\Q$shop->{total}\E/, 'with the new total, in the language of the order');
    ok($mail->{from} =~ /orders\@lumen\.example/, "from the shop");
}

# Action and fields of a page's last form with a submit button.
sub form {
    my ($html) = @_;
    my ($form) = reverse $html =~ /(<form\b.*?<\/form>)/sg;
    $form //= '';
    my ($action) = $form =~ /action="([^"]*)"/;
    my @fields;
    while ($form =~ /<(input|button)\b([^>]*)>/g) {
        my $a = $2;
        my ($name) = $a =~ /name="([^"]*)"/ or next;
        my ($value) = $a =~ /value="([^"]*)"/;
        push @fields, [$name, $value // ''];
    }
    return (($action // '') =~ s/&#0?38;|&amp;/&/gr, @fields);
}

sub cancelled {
    my ($t) = @_;
    step '5. "cancel anyway" on another order';
    my ($order, $page) = in_arm($t, 'treatment', status => 'pending', locale => 'ko', country => 'KR',
        consent => {email => 1, sms => 1}, billing => {phone => '+821012345678'});
    my $id = $order->{order}{id};
    my $uri = path($order->{cancel_url});
    my $answer = $t->post($uri, [[ordersave_reason => 'delivery_time'], [ordersave_do => 'cancel'],
        [ordersave_token => token($page)]], headers => ["Cookie: $order->{cookie}"]);
    my ($got) = cancels($t->{shop}, $id);
    ok($got && $got->{line} eq "GET $uri HTTP/1.0" || $got && $got->{line} eq "GET $uri HTTP/1.1", 'the store gets the original request, byte for byte')
        or print "# ", $got->{line} // 'nothing', "\n";
    my $headers = ref $got->{headers} ? join("\n", map { ref $_ ? "@$_" : $_ } @{$got->{headers}}) : $got->{headers} // '';
    ok($headers =~ /\Q$order->{cookie}\E/, 'with its cookies');
    ok("$got->{line}$headers" . ($got->{body} // '') !~ /ordersave/i, 'and without a trace of ordersave');
    ok($answer->{status} == 302, "the store's answer goes through");
    ok($t->{shop}->status($order) eq 'cancelled', 'the order is cancelled');
    my $email = $order->{order}{billing}{email};
    my ($mail) = @{$t->{sink}->messages(1, kind => 'mail', to => $email)};
    ok($mail, 'the catch mail arrives') or return;
    ok($mail->{html} =~ /lang="ko"/, "in the order's language");
    ok(($mail->{reply_to} // '') =~ /help\@lumen\.example/, 'with an address that answers');
    ok(scalar($mail->{text} =~ /COMEBACK15/), 'and a coupon for the next order');
    my ($sms) = @{$t->{sink}->messages(1, kind => 'sms', to => $order->{order}{billing}{phone})};
    ok($sms, 'the SMS arrives, where consented');
    ok(($t->record('shop', $id)->{state} // '') eq 'cancelled', 'the record says cancelled, by a read');
    my ($score) = $mail->{text} =~ m{(http://\S*/ordersave/score/\S+?)\?value=2};
    ok($score, 'it asks for a score') or return;
    $t->get(path($score) . '?value=2');
    sleep 0.3;
    ok(!$t->record('shop', $id)->{save}{score}, 'opening the link counts nothing');
    my $thanks = $t->post(path($score), [[ordersave_score => 2], [ordersave_comment => "너무 느려요"]]);
    ok($thanks->{status} == 200, 'the score is given');
    $t->wait_for('the score', sub { $t->record('shop', $id)->{save}{score} });
    ok(($t->record('shop', $id)->{save}{score}{value} // 0) == 2, 'and readable');
    my ($support) = @{$t->{sink}->messages(1, kind => 'mail', to => 'support@lumen.example')};
    ok($support && ($support->{reply_to} // '') =~ /\Q$email\E/, 'support hears of it, Reply-To the customer');
}

sub holdout {
    my ($t) = @_;
    step '6. a third order, in the holdout';
    my ($order) = in_arm($t, 'holdout', status => 'pending');
    my $uri = path($order->{cancel_url});
    # asked twice: the store answers a repeat alike, through nginx and without
    my $cookie = "Cookie: $order->{cookie}";
    my $mine = $t->get($uri, headers => [$cookie]);
    my $direct = $t->get($uri, headers => [$cookie], port => $t->{shop}->url =~ s/.*://r);
    my $norm = sub { $_[0]{body} =~ s/\d{2}:\d{2}:\d{2}//gr };
    ok($mine->{status} == $direct->{status} && $mine->{body} eq $direct->{body}, "the bytes are the store's own");
    ok($mine->{raw} !~ /ordersave/i, 'without a trace of ordersave');
    ok(($t->wait_for('arm', sub { $t->record('shop', $order->{order}{id})->{save}{arm} }) // '') eq 'holdout', 'and the exposure is counted');
}

sub without_redis {
    my ($t) = @_;
    step '7. Redis is stopped';
    my ($order) = in_arm($t, 'treatment', status => 'pending');
    my $uri = path($order->{cancel_url});
    my $id = $order->{order}{id};
    my $begun = time;
    $t->get('/shop/', port => $t->{shop}->url =~ s/.*://r);
    my $direct = time - $begun;
    $t->stop_redis;
    $begun = time;
    my $answer = $t->get($uri, headers => ["Cookie: $order->{cookie}"]);
    my $took = time - $begun;
    ok($answer->{status} == 302 && $t->{shop}->status($order) eq 'cancelled', 'a cancel reaches the store');
    ok($took < $direct + 0.06, sprintf "in the store's time plus 60 ms (%.0f ms, the store alone about %.0f)", $took * 1000, $direct * 1000);
    $t->start_redis(aof => 1);
    my $asked = $t->wait_for('the event', sub { (eval { $t->record('shop', $id) } // {})->{save}{asked} });
    ok($asked, 'and is recorded once Redis is back');
}

sub killed_worker {
    my ($t) = @_;
    step '8. a worker is killed between two follow-ups';
    my @orders;
    for my $i (1 .. 12) {
        my $order = $t->buy('shop', status => 'pending', customer => 'ada', locale => 'en',
            billing => {email => "killed$i\@mail.example", first_name => 'K', country => 'US'});
        push @orders, $order;
    }
    my $mails = sub { grep { ($_->{to}[0] // $_->{to}) =~ /^killed\d+\@/ } @{$t->{sink}->messages(0, kind => 'mail')} };
    # one after the other, so that their follow-ups are due one after the other
    my $killed;
    for my $order (@orders) {
        my $cookie = ["Cookie: $order->{cookie}"];
        my $page = treated($t, $order);
        my $uri = path($order->{cancel_url});
        $t->post($uri, [[ordersave_reason => 'costs'], [ordersave_do => 'cancel'], [ordersave_token => token($page)]], headers => $cookie) if $page;
        sleep 0.4;
        if (!$killed && $mails->() >= 2) {
            my $pid = delete $t->{pids}{'worker-1'};
            kill 'KILL', $pid;
            waitpid $pid, 0;
            $killed = time;
            ok($mails->() < @orders, 'killed after ' . $mails->() . ' of ' . @orders);
        }
    }
    my $due = time + 2;
    $t->wait_for('all follow-ups', sub { $mails->() >= @orders });
    my $took = time - $due;
    sleep 1;    # for one too many
    my %count;
    $count{ref $_->{to} ? $_->{to}[0] : $_->{to}}++ for $mails->();
    ok($killed && $took < 10, sprintf 'the other worker goes on within 10 s (the last came %.1f s after it was due)', $took > 0 ? $took : 0);
    ok(keys %count == @orders, 'none is missing: ' . keys(%count) . ' of ' . @orders);
    ok(!(grep { $_ > 1 } values %count), 'none came twice');
    $t->start_worker('worker-1');
}

sub two_stores {
    my ($t) = @_;
    step '9. two stores with the same order number';
    my ($order, $page) = in_arm($t, 'treatment', status => 'pending', locale => 'en');
    my $id = $order->{order}{id};
    my $email = $order->{order}{billing}{email};
    my $other = $t->buy('second', status => 'pending', id => $id, number => "$id", locale => 'en',
        customer => 'ada', billing => {email => $email, first_name => 'Same', country => 'US'});
    ok($other->{order}{id} == $id, "both have an order $id, of the same address");
    my $two;    # a shard that has no code yet asks for one: the page has it when it is opened again
    $t->wait_for('a code', sub { $two = $t->get(path($other->{cancel_url}), port => $t->{port2}); $two->{body} =~ /accept:thanks/ });
    ok($two->{body} =~ /accept:thanks/ && $two->{body} !~ /accept:save10/, "the second store's own campaign");
    ok($two->{body} =~ /Second Store/ && $two->{body} !~ /Lumen/, 'in its own name');
    my $foreign = $t->post(path($other->{cancel_url}), [[ordersave_do => 'accept:thanks'], [ordersave_token => token($page)]], port => $t->{port2});
    ok($foreign->{status} == 403, "the first store's token is worth nothing there");
    $t->post(path($other->{cancel_url}), [[ordersave_do => 'accept:thanks'], [ordersave_token => token($two)]], port => $t->{port2});
    my $thanks = ($t->decision('second', $id) // {})->{code} // '';
    ok($thanks =~ /^THANKS-/, "and takes a coupon of its own: $thanks");
    ok(!$t->decision('shop', $id), "nothing was decided for the first store's order");
    my ($one, $second) = map { $t->record($_, $id)->{customer} } 'shop', 'second';
    ok($one && $second && $one ne $second, 'the same address is a customer of its own in each');
    $t->post(path($order->{cancel_url}), [[ordersave_do => 'accept:save10'], [ordersave_reason => 'costs'], [ordersave_token => token($page)]],
        headers => ["Cookie: $order->{cookie}"]);
    my $code = ($t->decision('shop', $id) // {})->{code} // '';
    ok($code =~ /^SAVE10-/, "the first store's coupon: $code");
    my @from = map { $_->{from} } @{$t->{sink}->messages(2, kind => 'mail', to => $email)};
    ok((grep { /lumen/ } @from), 'mail of the first store comes from it');
    ok(!(grep { !/lumen\.example|second\.example/ } @from), 'and no other sender meets them');
}

# --- on its way ---

my $buyers = 0;

# A paid order of a customer who agreed to mail and SMS.
sub paid {
    my ($t, %new) = @_;
    my $n = ++$buyers;
    return $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en',
        consent => {email => 'yes', sms => 'yes'},
        billing => {email => "parcel$n\@mail.example", first_name => 'Ada', country => 'US',
                    phone => '+1415555' . sprintf('%04d', 2600 + $n)}, %new);
}

sub view { my ($t, $order) = @_; return $t->get("/my-account/view-order/$order->{order}{id}/", headers => ["Cookie: $order->{cookie}"]) }

# The panel of a page, once it says this: a busy machine may need a second look.
sub panel_says {
    my ($t, $order, $re) = @_;
    return $t->wait_for('the panel', sub {
        my ($panel) = view($t, $order)->{body} =~ m{(<ordersave-panel .*?</ordersave-panel>)}s;
        $panel && $panel =~ $re ? $panel : undef;
    });
}

sub inbox { my ($t, $n, %what) = @_; return @{$t->{sink}->messages($n, %what)} }

# A mail scanner opens every link; two people of the shop answer.
sub matched {
    my ($t) = @_;
    step '10. a better price elsewhere: support approves from the mail';
    my ($order, $page) = in_arm($t, 'treatment', locale => 'en', billing => {email => 'match@mail.example'});
    my $id = $order->{order}{id};
    my $answer = $t->post(path($order->{cancel_url}), [[ordersave_reason => 'better_price'],
        ['ordersave_ask:better_price:match:url' => 'other.example/mug'], ['ordersave_ask:better_price:match:price' => '20'],
        [ordersave_do => 'accept:match'], [ordersave_token => token($page)]], headers => ["Cookie: $order->{cookie}"]);
    ok($answer->{status} == 303, 'the buyer asks for it');
    my ($mail) = inbox($t, 1, kind => 'mail', subject => "Approve or decline: order $order->{order}{number}");
    my ($link) = ($mail ? $mail->{text} : '') =~ m{(http://\S+/ordersave/approve/\S+)};
    ok($link && !$mail->{reply_to}, 'support has a mail with a link, which answers to nobody') or return;
    my $total = sub { my (undef, $shop) = $t->{shop}->api('GET', "/orders/$id"); return ($shop->{total}, scalar @{$shop->{fee_lines}}) };
    my ($before) = $total->();
    ok($t->get(path($link))->{body} =~ m{other\.example/mug} && ($total->())[0] == $before, 'the page says what is asked for, and opening it changes nothing');
    my $yes = $t->post(path($link), [[ordersave_amount => '4.00'], [ordersave_do => 'approve']]);
    ok($yes->{status} == 200 && $yes->{body} =~ /approved/, 'it is approved, for 4.00');
    $t->wait_for('the change', sub { ($t->decision('shop', $id)->{applied} // '') eq 'done' });
    my ($after, $lines) = $total->();
    ok(abs($before - 4 - $after) < 0.001 && $lines == 1, "the store's API shows the changed total once: $after");
    my $again = $t->post(path($link), [[ordersave_amount => '3.00'], [ordersave_do => 'approve']]);
    ok($again->{status} == 409 && ($total->())[0] == $after, 'a second click changes nothing, and is told so');
    my ($told) = inbox($t, 1, kind => 'mail', to => $order->{order}{billing}{email}, subject => 'applied');
    ok($told, 'and the buyer is told') or return;
}

sub on_its_way {
    my ($t) = @_;
    step '11. the shop hands an order to a carrier';
    my $order = paid($t);
    my ($id, $number) = @{$order->{order}}{qw(id number)};
    ok(panel_says($t, $order, qr/ordersave_packaging/), "the store's own page of the order has a panel, with a choice of packaging");
    my ($action) = panel_says($t, $order, qr/ordersave_packaging/) =~ /action="([^"]*packaging[^"]*)"/;
    $t->post(path($action // '/'), [[ordersave_packaging => 'gift'], [ordersave_comment => 'For Bo, with love']]);
    my ($note) = inbox($t, 1, kind => 'mail', to => 'support@lumen.example', text => 'For Bo, with love');
    ok($note && $note->{text} =~ /As a gift, with a card/, 'a gift note is read by support, with the choice');
    ok($t->ship($order, "JD01$id"), "the store's signed webhook says completed, and names the parcel");
    my $panel = panel_says($t, $order, qr/JD01$id/) // '';
    ok($panel =~ /Shipped/ && $panel =~ />DHL</, "the panel shows it as shipped, with carrier and number");
    ok(view($t, $order)->{body} =~ m{order-number">\Q$number\E</mark>.*<ordersave-panel.*</html>\s*$}s, "behind the store's own words, in a page that is whole");

    my $nonce = $t->get('/track-order/')->{body} =~ /nonce" value="([^"]+)/ ? $1 : '';
    my $ask = sub {
        return $t->post('/track-order/', [[orderid => $number], [order_email => $_[0]], ['woocommerce-order-tracking-nonce' => $nonce]]);
    };
    my $mine = $t->wait_for('the result', sub { my $a = $ask->($order->{order}{billing}{email}); body_has($a, "JD01$id") ? $a : undef });
    ok($mine, "the shop's track form, with the right e-mail, shows it");
    my $wrong = $ask->('eve@mail.example');
    ok($wrong->{body} !~ /ordersave-panel|JD01$id/, 'with a wrong e-mail it shows nothing');
    my $foreign = $t->post('/ordersave/track', [[ordersave_number => $number], [ordersave_secret => 'eve@mail.example']]);
    ok($foreign->{status} == 404 && $foreign->{body} !~ /JD01$id/, "nor does ordersave's own form");
}

sub told_once {
    my ($t) = @_;
    step '12. a carrier says everything three times, and in disorder';
    my $order = paid($t);
    my $id = $order->{order}{id};
    my $to = $order->{order}{billing}{email};
    $t->ship($order, "JD02$id");
    my $at = time - 600;
    for my $tag (qw(OutForDelivery InTransit OutForDelivery InfoReceived OutForDelivery)) {
        my $answer = $t->carrier("JD02$id", $tag, at => $at + ($tag eq 'OutForDelivery' ? 300 : 0));
        ok($answer->{status} == 202, "$tag is taken (202)") if $tag eq 'OutForDelivery' && !$order->{once}++;
    }
    my ($mail) = inbox($t, 1, kind => 'mail', to => $to, subject => 'Out for delivery');
    my ($sms) = inbox($t, 1, kind => 'sms', to => $order->{order}{billing}{phone});
    ok($mail && $mail->{text} =~ m{/ordersave/track/}, 'the mail has arrived, with its link');
    ok($sms && $sms->{text} =~ m{http://\S+/o/[\w-]+}, "the SMS has arrived: $sms->{text}");
    sleep 2;
    ok(inbox($t, 1, kind => 'mail', to => $to, subject => 'Out for delivery') == 1, 'the mail came once');
    ok(inbox($t, 1, kind => 'sms', to => $order->{order}{billing}{phone}) == 1, 'the SMS came once');
    my ($link) = $sms->{text} =~ m{http://[^/]+(/o/[\w-]+)};
    my $to_page = path(OrderSave::Nginx::header($t->get($link), 'Location') // '/');
    my $page = $t->get($to_page);
    ok($page->{status} == 200 && $page->{body} =~ /JD02$id/ && $page->{body} !~ /\Q$to\E/, 'its short link opens the order, without its address');
    my $log = $t->read('logs/access.log');
    ok($log !~ /\Q$link\E|\Q$to_page\E/, 'and no log has it');
}

sub live_page {
    my ($t) = @_;
    step '13. a page that stays open, in a real browser';
    my $order = paid($t);
    my $id = $order->{order}{id};
    $t->ship($order, "JD03$id");
    my $browser = Demo::Browser->new;
    ok($browser, 'a browser is there') or return;
    my $heading = 'document.querySelector("ordersave-panel")?.shadowRoot?.querySelector("h2")?.textContent ?? ""';
    my ($name, $value) = split /=/, $order->{cookie}, 2;
    $browser->open("http://127.0.0.1:$t->{port}/my-account/view-order/$id/", {$name => $value});
    ok($browser->sees("($heading).length > 0", 10), 'the panel: ' . ($browser->text($heading) // ''));
    sleep 1;
    my $before = $browser->text($heading);
    $t->carrier("JD03$id", 'OutForDelivery');
    my $took = $browser->sees("($heading) !== " . JSON::PP->new->allow_nonref->encode($before), 5);
    ok(defined $took && $took <= 2, sprintf 'the carrier speaks, and %.2f s later the page says: %s', $took // -1, $browser->text($heading));
    ok($browser->text('performance.getEntriesByType("navigation").length') == 1, 'without being loaded again');
    $browser->stop;
}

sub comes_back {
    my ($t) = @_;
    step '14. a parcel goes back to where it came from';
    my $order = paid($t);
    my $id = $order->{order}{id};
    $t->ship($order, "JD04$id");
    $t->carrier("JD04$id", 'Exception', subtag => 'Exception_011', text => 'Returned to sender');
    my ($mail) = inbox($t, 1, kind => 'mail', to => $order->{order}{billing}{email}, subject => 'On its way back');
    my ($link) = ($mail ? $mail->{text} : '') =~ m{http://[^/]+(/ordersave/answer/\S+)};
    ok($mail, 'the buyer hears of it: ' . ($mail ? $mail->{subject} : ''));
    ok($link, 'with something to do') or return;
    my $form = $t->get($link);
    ok($form->{body} =~ /value="resend"/ && $form->{body} =~ /value="refund"/, 'send it again, or money back');
    $t->post($link, [[ordersave_answer => 'resend'], [ordersave_comment => 'Flat 4, please']]);
    my ($support) = inbox($t, 1, kind => 'mail', to => 'support@lumen.example', subject => $order->{order}{number});
    ok($support && $support->{text} =~ /Flat 4/, 'the answer reaches support');
}

sub nobody_ships {
    my ($t) = @_;
    step '15. nobody ships it: three days pass, one after the other';
    my $order = paid($t);
    my $to = $order->{order}{billing}{email};
    $t->day for 1 .. 3;
    my ($mail) = inbox($t, 1, kind => 'mail', to => $to, subject => 'has not left yet');
    my ($link) = ($mail ? $mail->{text} : '') =~ m{http://[^/]+(/ordersave/answer/\S+)};
    ok($link, 'the buyer is told, and what to do') or return;
    ok(panel_says($t, $order, qr/has not left yet/), 'the panel says so too');
    my $form = $t->get($link);
    ok($form->{body} =~ /value="wait"/ && $form->{body} =~ /value="cancel"/, 'to wait, or to cancel and be paid back');
    $t->post($link, [[ordersave_answer => 'cancel'], [ordersave_comment => 'I need it sooner']]);
    my ($support) = inbox($t, 1, kind => 'mail', to => 'support@lumen.example', text => 'I need it sooner');
    ok($support && $support->{text} =~ /Cancel the order and refund me/ && ($support->{reply_to} // '') =~ /\Q$to\E/,
        'the answer reaches support, Reply-To the buyer');
}

sub forgotten {
    my ($t) = @_;
    step '17. two orders are not paid for half of the hour that the shop holds them';
    my ($late, $paid) = map { $t->buy('shop', customer => 'camille', locale => 'en', billing => {email => "$_\@mail.example", country => 'US'}) } qw(slow quick);
    $t->wait_for('the orders', sub { 2 == grep { $t->record('shop', $_->{order}{id}) } $late, $paid });
    $t->{shop}->api('PUT', "/orders/$paid->{order}{id}", {status => 'processing', set_paid => JSON::PP::true});
    $t->later(1860);
    my ($mail) = inbox($t, 1, kind => 'mail', to => 'slow@mail.example', subject => 'waiting for your payment');
    ok($mail && $mail->{text} =~ m{/order-pay/$late->{order}{id}}, 'whoever has not paid is reminded, with the link') or return;
    $t->{shop}->api('PUT', "/orders/$late->{order}{id}", {status => 'processing', set_paid => JSON::PP::true});
    $t->later(1200);
    ok(inbox($t, 0, kind => 'mail', to => 'slow@mail.example', subject => 'waiting for your payment') == 1, 'once');
    ok(inbox($t, 0, kind => 'mail', to => 'quick@mail.example', subject => 'waiting for your payment') == 0, 'and whoever has paid is not');
}

# The second store lets nobody cancel what is paid: ordersave has a cancel for it.
sub stopped {
    my ($t) = @_;
    step '20. a shop without a cancel keeps an order, and loses another';
    my @two = (port => $t->{port2});
    my $paid = sub { $t->buy('second', customer => 'ada', status => 'processing', locale => 'en',
        billing => {email => "$_[0]\@mail.example", first_name => 'Ada', country => 'US'}) };
    my $view = sub { my ($order) = @_; $t->get("/my-account/view-order/$order->{order}{id}/", @two, headers => ["Cookie: $order->{cookie}"])->{body} };
    my $link = sub { my ($order) = @_; $t->wait_for('the link', sub { $view->($order) =~ m{<a href="(/ordersave/cancel/[^"]+)"} ? $1 : undef }) };
    my $shop = sub { my (undef, $json) = $t->{second}->api('GET', "/orders/$_[0]{order}{id}"); $json };
    my $keeps = $paid->('keeps');
    ok($view->($keeps) !~ /cancel_order=/, "the store's own page of a paid order has no Cancel");
    my $uri = $link->($keeps);
    ok($uri, 'but a link to one') or return;
    # nine codes lie in sixty-four shards: who has none asks the others for theirs
    my $page;
    $t->wait_for('a code', sub { $page = $t->get($uri, @two); $page->{body} =~ /accept:thanks/ });
    ok($page->{body} =~ /accept:thanks/ && $page->{body} =~ /value="cancel"/, 'it opens the same page: an offer, and "Cancel anyway"');
    my $kept = $t->post($uri, [[ordersave_do => 'accept:thanks'], [ordersave_token => token($page)]], @two);
    ok($kept->{status} == 303 && $t->get(path(OrderSave::Nginx::header($kept, 'Location')), @two)->{body} =~ /You have kept your order/, 'the offer is taken, and the order kept');
    $t->wait_for('the coupon', sub { ($t->decision('second', $keeps->{order}{id})->{applied} // '') eq 'done' });
    my @coupons = @{$shop->($keeps)->{coupon_lines}};
    ok($shop->($keeps)->{status} eq 'processing' && @coupons == 1, "the store's API shows the coupon once, on an order that goes on");
    my $leaves = $paid->('leaves');
    $uri = $link->($leaves) or return ok(0, 'another order has the link');
    my $asked = $t->post($uri, [[ordersave_reason => 'other'], [ordersave_comment => 'Sorry, no use for it'], [ordersave_do => 'cancel'], [ordersave_token => token($t->get($uri, @two))]], @two);
    ok($asked->{body} =~ /You have asked us to cancel/, 'another buyer cancels anyway');
    ok($t->wait_for('the cancel', sub { $shop->($leaves)->{status} eq 'cancelled' }), "the store's API shows it as cancelled");
    my ($mail) = inbox($t, 1, kind => 'mail', to => 'leaves@mail.example', subject => 'is cancelled');
    ok($mail, 'the buyer hears of it');
    ok(inbox($t, 1, kind => 'mail', to => 'care@second.example', text => 'Sorry, no use for it'), 'and support reads the words');
    ok($t->wait_for('no link', sub { $view->($leaves) !~ m{/ordersave/cancel} }), "the store's page leads to no cancel any more");
    ok($t->get($uri, @two)->{body} =~ /is closed/, 'and the link says that it is over');
}

# Mended instead of cancelled: another colour, and sent today by the shop's clock.
sub mended {
    my ($t) = @_;
    step '18. another colour, and one that leaves today';
    my ($order) = in_arm($t, 'treatment', status => 'processing', locale => 'en', country => 'US', items => [{product => 12}], billing => {email => 'colour@mail.example', country => 'US'});
    my $id = $order->{order}{id};
    my $page = $t->wait_for('the colours', sub { my $got = treated($t, $order); $got && $got->{body} =~ /accept:colour/ ? $got : undef });
    ok($page && body_has($page, 'slate (-&euro;2.00)') || $page && $page->{body} =~ /slate \(-[^)]*2\.00\)/, 'the page has the colours of what was bought, and what they cost less') or return;
    my ($slate) = $page->{body} =~ /<option value="([^"]*slate)"/;
    my $shop = sub { my (undef, $o) = $t->{shop}->api('GET', "/orders/$id"); return $o };
    my $before = $shop->()->{total};
    $t->post(path($order->{cancel_url}), [[ordersave_reason => 'changed_mind'], ['ordersave_ask:changed_mind:colour:variant' => $slate],
        [ordersave_do => 'accept:colour'], [ordersave_token => token($page)]], headers => ["Cookie: $order->{cookie}"]);
    ok($t->wait_for('the store', sub { $shop->()->{line_items}[0]{variation_id} == 32 }), "the store's API shows the other one");
    ok(@{$shop->()->{line_items}} == 1 && sprintf('%.2f', $before - $shop->()->{total}) eq '2.00', 'once, and at the price that was said');
    my ($mail) = inbox($t, 1, kind => 'mail', to => 'colour@mail.example', subject => 'Yes to your request');
    ok($mail && $mail->{text} =~ /slate/, 'and the buyer reads so');

    # half past one, on whatever day; and an hour later
    my $clock = sub {
        my ($minutes) = @_;
        my ($m, $h) = (gmtime)[1, 2];
        my $east = (13 * 60 + 30 + $minutes - $h * 60 - $m) % 1440;
        $east -= 1440 if $east > 720;
        my $campaign = JSON::PP->new->utf8->decode($t->read('campaign.json'));
        $campaign->{utc_offset} = sprintf '%s%02d:%02d', $east < 0 ? '-' : '+', abs($east) / 60, abs($east) % 60;
        $campaign->{dispatch}{days} = [qw(mon tue wed thu fri sat sun)];
        $t->write('campaign.json', JSON::PP->new->utf8->encode($campaign));
        kill HUP => $t->{pids}{nginx};
    };
    my ($soon) = in_arm($t, 'treatment', status => 'processing', locale => 'en', country => 'US', billing => {country => 'US'});
    my $today = sub { my ($yes) = @_; return $t->wait_for('the page', sub { my $got = treated($t, $soon); $got && ($got->{body} =~ /accept:today/ ? 1 : 0) == $yes ? $got : undef }) };
    $clock->(0);
    ok($today->(1), 'until two it leaves today') or return;
    $clock->(60);
    my $late = $today->(0);
    ok($late && $late->{body} =~ /ordersave_token/, 'after two that is not offered any more');
}

# Two have cancelled; one of them orders again.
sub asked_back {
    my ($t) = @_;
    step '19. two weeks after a cancel';
    my @gone = map { (in_arm($t, 'treatment', status => 'pending', locale => 'en', consent => {email => 'yes'}, billing => {email => "$_\@mail.example", country => 'US'}))[0] } qw(stays returns);
    for my $order (@gone) {
        my $page = treated($t, $order) or next;
        $t->post(path($order->{cancel_url}), [[ordersave_reason => 'costs'], [ordersave_do => 'cancel'], [ordersave_token => token($page)]], headers => ["Cookie: $order->{cookie}"]);
        $t->wait_for('the cancel', sub { ($t->record('shop', $order->{order}{id})->{state} // '') eq 'cancelled' });
    }
    sleep 1;    # an order of the same second is not a later one
    $t->buy('shop', customer => 'camille', status => 'processing', locale => 'en', billing => {email => 'returns@mail.example', country => 'US'});
    $t->later(15 * 86_400);
    my ($mail) = inbox($t, 1, kind => 'mail', to => 'stays@mail.example', subject => 'come back');
    ok($mail && $mail->{text} =~ /with this code: BACK-\d/, 'the one is asked back, with a code of their own');
    ok(inbox($t, 0, kind => 'mail', to => 'returns@mail.example', subject => 'come back') == 0, 'and whoever has ordered again is not');
}

# A page that cancels by fetch() and XHR, used by keyboard alone.
sub headless {
    my ($t) = @_;
    step '21. a headless storefront cancels by a request of its own, in a real browser';
    my $browser = Demo::Browser->new;
    ok($browser, 'a browser is there') or return;

    # our dialog is closed to scripts of the shop's; to look into it, it is left open
    $browser->call('Page.addScriptToEvaluateOnNewDocument', {source => 'const attach = Element.prototype.attachShadow;
        Element.prototype.attachShadow = function () { return attach.call(this, {mode: "open"}); };'});
    my $inside = 'document.querySelector("ordersave-dialog")?.shadowRoot';
    my $heading = "($inside?.querySelector('dialog[open] h1')?.textContent ?? '')";
    my $status = 'document.getElementById("status").textContent';
    my $posts = sub { my ($id) = @_; return grep { $_->{line} =~ m{^POST /(?:api/orders/$id/|graphql)} && ($_->{line} . $_->{body}) =~ /\b$id\b/ } @{$t->{shop}->requests} };
    my $begin = sub {
        my ($order, $button) = @_;
        my ($name, $value) = split /=/, $order->{cookie}, 2;
        $browser->open("http://127.0.0.1:$t->{port}/app/orders/$order->{order}{id}", {$name => $value});
        $browser->text("document.getElementById('$button').focus()");
        $browser->key('Enter');
    };

    my ($order) = in_arm($t, 'treatment', status => 'processing', locale => 'en');
    my $id = $order->{order}{id};
    $begin->($order, 'graphql');
    ok(defined $browser->sees("$heading.includes('Cancel order')", 10), 'the dialog opens before its XHR: ' . ($browser->text($heading) // ''));
    ok(!$posts->($id), 'of which the store has heard nothing');
    my $to = sub { my ($what) = @_; for (1 .. 80) { return 1 if $browser->text("($inside?.activeElement?.matches('$what') ?? false)"); $browser->key('Tab') } return };
    ok($to->('input[name=ordersave_reason]'), 'by keyboard alone one comes to the reasons');
    for (1 .. 8) { last if $browser->text("$inside.activeElement.value") eq 'costs'; $browser->key('ArrowDown') }
    my $faults = $browser->axe;
    ok(!defined $faults ? 1 : !@$faults, defined $faults ? "axe finds nothing: @$faults" : '(axe is not installed here)');
    ok($to->('button[value^="accept:"]'), 'and to an offer');
    $browser->key('Enter');
    ok(defined $browser->sees("$heading.includes('kept')", 10), 'which is accepted: ' . ($browser->text($heading) // ''));
    ok($to->('button[value=keep]'), 'then back to the shop');
    $browser->key('Enter');
    ok(defined $browser->sees("$status === 'The order was not cancelled'", 10), 'whose page goes on: ' . $browser->text($status));
    ok(!$posts->($id) && ($t->{shop}->api('GET', "/orders/$id"))[1]{status} eq 'processing', 'the store was asked nothing, the order stands');
    ok(($t->decision('shop', $id) // {})->{state} eq 'accepted', 'and the offer is recorded');

    ($order) = in_arm($t, 'treatment', status => 'processing', locale => 'en');
    $id = $order->{order}{id};
    $begin->($order, 'rest');
    ok(defined $browser->sees("$heading.includes('Cancel order')", 10), 'another, by fetch()');
    ok($to->('button[value=cancel]'), '"Cancel anyway" is reached');
    $browser->key('Enter');
    ok(defined $browser->sees("$status.startsWith('cancelled')", 10), "the store's own answer is shown: " . $browser->text($status));
    my @sent = $posts->($id);
    ok(@sent == 1 && $sent[0]{body} eq '{"reason":"none"}' && $sent[0]{headers} !~ /ordersave-token/i, 'its request went out once, as it was');

    ($order) = in_arm($t, 'holdout', status => 'processing', locale => 'en');
    $begin->($order, 'rest');
    ok(defined $browser->sees("$status.startsWith('cancelled')", 10) && !$browser->text("!!$inside"), 'the holdout meets the store alone');
    $browser->stop;
}

# The demo that a visitor has: its own page, whose buttons are pressed.
# Who cancelled, and in whose words: within two seconds.
sub office {
    my ($t) = @_;
    step "24. the shop's office has a cancel and its words at once, in a real browser";
    my ($order) = in_arm($t, 'treatment', status => 'pending', locale => 'en');
    my $browser = Demo::Browser->new;
    ok($browser, 'a browser') or return;
    my $office = "http://127.0.0.1:$t->{port}/office/";
    my $words = "Your <b>site</b> logged me out, again $$";
    $browser->open($order->{cancel_url}, {split /=/, $order->{cookie} =~ s/;.*//sr, 2});
    my $typed = $browser->text("(() => { const r = document.getElementById('reason-other'), c = document.getElementById('comment-other'); if (!r || !c) { return false } r.click(); c.value = '$words'; document.querySelector('button[value=cancel]').click(); return true })()");
    my $begun = time;
    ok($typed, 'a reason is given, and words typed') or return;
    ok(defined $browser->sees('document.readyState === "complete" && !document.querySelector("button[value=cancel]")', 5), 'the order is cancelled all the same');
    my $seen;
    while (!$seen && time - $begun < 5) {
        $browser->open("${office}cancels?days=1");
        $seen = $browser->text("[...document.querySelectorAll('blockquote')].some(q => q.textContent === '$words')");
    }
    my $took = time - $begun;
    ok($seen && $took < 2, sprintf 'the words are on the page Cancellations after %.2f s, as text', $took);
    ok($browser->text("document.querySelector('article h2 a')?.textContent.includes('$order->{order}{number}')"), 'with the order');
    $browser->open("${office}order?id=shop/$order->{order}{id}");
    ok($browser->text("document.body.textContent.includes('$order->{order}{billing}{email}')"), 'its page knows whose it is');
    ok(index($t->ctl('export', 'facts'), $order->{order}{billing}{email}) < 0, 'which no fact does');
    $t->ctl('-s', 'shop', 'erase', $order->{order}{billing}{email});
    $browser->open("${office}cancels?days=1");
    ok(!$browser->text("document.body.textContent.includes('logged me out, again $$')"), 'a buyer who is erased has no words any more');
    $browser->stop;
}

sub buttons {
    step "22. the parcel's buttons, and three days, in a real browser";
    my $demo = OrderSave::Show->new;
    ok($demo->wait_for(qr/Ctrl-C/), 'the demo is there') or return;
    my $browser = Demo::Browser->new;
    ok($browser, 'and a browser') or return;
    my $site = $demo->site;
    my $bought = sub {
        my $tx = Mojo::UserAgent->new(max_redirects => 0)->post("${site}demo/order", form => {locale => 'en', payment => 'card'});
        return $site . ($tx->res->headers->location =~ s{^/}{}r);
    };
    my $press = sub {
        my ($name) = @_;
        my $button = "[...document.querySelectorAll('button')].find(b => b.textContent.trim().startsWith('$name'))";
        $browser->open("${site}demo/");
        defined $browser->sees("$button?.getAttribute('aria-disabled') === 'false'", 10) or return;
        $browser->text("$button.click()");
        return defined $browser->sees("!$button.getAttribute('aria-busy')", 20);
    };
    my $says = sub {
        my ($page, $words) = @_;
        for (1 .. 40) {
            $browser->open($page);
            return 1 if defined $browser->sees("(document.querySelector('ordersave-panel')?.shadowRoot?.textContent ?? '').includes('$words')", 0.5);
        }
        return;
    };

    my $order = $bought->();
    for (['Ship it', 'has left our warehouse'], ['Out for delivery', 'is out for delivery'], ['It is late', 'will arrive later than planned'], ['Delivered', 'has been delivered']) {
        my ($name, $words) = @$_;
        ok($press->($name) && $says->($order, $words), "\"$name\": the order's page says: $words");
    }
    $order = $bought->();
    ok($press->('It comes back') && $says->($order, 'on its way back to us'), '"It comes back": so does it');
    $order = $bought->();
    ok($press->('+1 day') && $press->('+1 day') && $press->('+1 day'), '"+1 day", three times');
    ok($says->($order, 'has not left yet'), "the order's page says that it is late");
    $browser->stop;
    ok($demo->stop == 0, 'the demo ends, and nothing is left of it');
}

# Directive 2011/83/EU, article 11a: two steps, in German, while Redis is away.
sub withdrawn {
    my ($t) = @_;
    step '24. a guest withdraws from a part of the contract, and then from the rest';
    my ($order, $stranger) = map { $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en', consent => {email => 'yes'},
        items => [{product => 12}, {product => 13}], billing => {email => "$_\@mail.example", first_name => 'Ada', country => 'DE'}) } 'withdraw', 'bystander';
    my $id = $order->{order}{id};
    my $view = sub { $t->get("/my-account/view-order/$id/", headers => ["Cookie: $order->{cookie}"])->{body} };
    $t->ship($order, "JD08$id");
    ok(!(grep { $t->get($_)->{body} !~ m{<a href="/ordersave/withdraw\?lang=en">Withdraw from contract here</a></p>\s*</footer>} } '/shop/', '/cart/', '/my-account/', '/track-order/'),
        'every page of the shop leads there');
    my ($link) = $t->wait_for('the panel', sub { $view->() =~ m{href="(/ordersave/withdraw/k1[^"]+)"} ? $1 : undef });
    my $form = $link ? $t->get("$link?lang=de") : {body => ''};
    ok($form->{body} =~ m{<h1>Vertrag widerrufen</h1>} && $form->{body} =~ /name="ordersave_item_1"/, 'the panel leads to its items, in German as well') or return;
    my %hidden = $form->{body} =~ /<input type="hidden" name="(ordersave_\w+)" value="([^"]*)">/g;
    my @names = @hidden{qw(ordersave_goods_0 ordersave_goods_1)};
    my $say = sub {
        my ($uri, %f) = @_;
        my %said = (ordersave_name => 'Ada L.', ordersave_contract => $order->{order}{number}, ordersave_email => 'guest@mail.example', ordersave_lang => 'de', %f);
        return $t->post($uri, [map { [$_ => $said{$_}] } sort keys %said]);
    };
    my $meta = sub { my ($o) = @_; return join '|', map { $_->{value} } grep { $_->{key} eq '_return' } @{($t->{shop}->api('GET', "/orders/$o->{order}{id}"))[1]{meta_data}} };
    my $said = sub { my ($o) = @_; return $t->record('shop', ($o // $order)->{order}{id})->{track}{withdrawn}{said} // [] };

    $t->stop_redis;
    my $check = $say->($link, %hidden, ordersave_item_0 => 1, ordersave_do => 'check');
    ok($check->{body} =~ m{Hiermit widerrufe ich.*<button[^>]*>Widerruf bestätigen</button>}s && 1 == (() = $check->{body} =~ /<button/g), 'Redis is away: the second step has one button');
    my $done = $say->($link, %hidden, ordersave_item_0 => 1, ordersave_do => 'confirm');
    my ($moment) = $done->{body} =~ /(\d{4}-\d\d-\d\d [\d:]+ UTC[+-]\d\d:\d\d)/;
    # step 18 moved nginx's offset; the worker's is the one that it began with
    my $instant = sub {
        my ($y, $mo, $d, $h, $mi, $s, $sign, $oh, $om) = ($_[0] // '') =~ /(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d) UTC([+-])(\d\d):(\d\d)/ or return 0;
        return timegm($s, $mi, $h, $d, $mo - 1, $y) - "${sign}1" * ($oh * 3600 + $om * 60);
    };
    ok($done->{body} =~ /Ihr Widerruf ist eingegangen/ && $moment, 'and the third page says that it is recorded, and when: ' . ($moment // '')) or return;
    $t->start_redis(aof => 1);
    my ($ack) = inbox($t, 1, kind => 'mail', to => 'guest@mail.example', subject => 'Eingangsbestätigung Ihres Widerrufs');
    ok($ack && index($ack->{text}, $names[0]) > 0 && $instant->($ack->{text}) == $instant->($moment) && $instant->($moment) > 0, 'the acknowledgement holds content, date and time');
    ok($t->wait_for('the store', sub { $meta->($order) eq "refund: $names[0] x1;" }), 'the store has a return of that part');
    $say->($link, %hidden, ordersave_item_0 => 1, ordersave_do => 'confirm');
    ok(inbox($t, 2, kind => 'mail', to => 'guest@mail.example', subject => 'Eingangsbestätigung') == 2 && @{$said->()} == 1, 'the same statement is acknowledged again, and changes nothing');
    $say->($link, %hidden, ordersave_item_1 => 1, ordersave_do => 'confirm');
    ok($t->wait_for('the rest', sub { @{$said->()} == 2 }), 'one for the other item adds it');
    ok($t->wait_for('the store', sub { $meta->($order) eq "refund: $names[0] x1;$names[1] x1;" }) && @{$t->record('shop', $id)->{track}{returns}} == 1, 'to the one return that the store has');

    my $eve = $say->('/ordersave/withdraw', ordersave_contract => $stranger->{order}{number}, ordersave_do => 'confirm', ordersave_email => 'eve@mail.example');
    my $none = $say->('/ordersave/withdraw', ordersave_contract => '987654321', ordersave_do => 'confirm', ordersave_email => 'eve@mail.example');
    # the token of a reason names the statement by a hash, and never an order
    my $payload = sub { my $text = decode_base64url($_[0]); $text =~ s/"~[\w-]+"/"~"/; $text =~ s/"x":\d+//; return $text };
    my $bare = sub { $_[0]{body} =~ s/<bdi>\d+<|[\d:]{8}//gr =~ s/value="k1\.([\w-]+)\.[\w-]+"/$payload->($1)/ger };
    ok($bare->($eve) eq $bare->($none), "a stranger's statement has the same answer whether there is such an order or not");
    ok($t->wait_for('it', sub { @{$said->($stranger)} == 1 }) && inbox($t, 1, kind => 'mail', to => 'bystander@mail.example', subject => 'A withdrawal from order') == 1, 'its buyer is told');
    ok($meta->($stranger) eq '' && ($t->{shop}->api('GET', "/orders/$stranger->{order}{id}"))[1]{status} eq 'processing', 'and nothing is cancelled');

    ok($t->get(path($stranger->{cancel_url}), headers => ["Cookie: $stranger->{cookie}"])->{body} !~ /ordersave_token/, 'nothing is offered any more');
    $t->carrier("JD08$id", 'Delivered');
    ok(inbox($t, 1, kind => 'mail', to => 'withdraw@mail.example', subject => 'Delivered:') == 1, 'that it arrived is still told');
    ok($t->wait_for('the panel', sub { $view->() =~ /withdraws from this contract.*within 14 days/s }), 'the panel says what happens with the money');
    $t->rest;
    sleep 3;
    ok(inbox($t, 0, kind => 'mail', to => 'withdraw@mail.example', subject => 'How do you like') == 0 && $view->() !~ m{/ordersave/review/}, 'and nothing is advertised, nor asked for');

    ok($t->ctl('-s', 'shop', 'withdrawals', 'verify') =~ /^ok - 4 statements, 0 of them/, 'the evidence verifies');
    my ($one) = $t->ctl('-s', 'shop', 'withdrawals', 'list') =~ /(~\S+)/;
    my $key = $t->key("o:shop/$one", "shop/$one");
    my $text = $t->redis('GET', $key);
    $t->redis('SET', $key, $text =~ s/"name":"Ada L\K\./,/gr);
    ok($t->ctl('-s', 'shop', 'withdrawals', 'verify') =~ /^not ok - statement 1 has another content/, 'and fails once one byte is another');
    $t->redis('SET', $key, $text);
}

# The store's checkout has no box: nobody is texted who has not asked for it here.
sub texted {
    my ($t) = @_;
    step '25. a buyer asks to be texted where the parcel is';
    my ($order, $other) = map { $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en', items => [{product => 12}],
        billing => {email => "$_\@mail.example", first_name => 'Ada', country => 'US', phone => $_ eq 'texts' ? '' : '+14155552799'}) } 'texts', 'silent';
    my ($id, $number) = ($order->{order}{id}, '+14155552798');
    $t->ship($_, "JD09$_->{order}{id}") for $order, $other;
    my $panel = panel_says($t, $order, qr/ordersave_yes/) // '';
    ok($panel =~ /<input type="checkbox"[^>]*name="ordersave_yes"/ && $panel !~ /\bchecked\b/, 'the panel has a box, which is not ticked');
    my ($link) = $panel =~ m{action="(/ordersave/texts/[^"]+)"} or return ok(0, 'which leads to a page');
    my $ask = sub { return $t->post($link, [[ordersave_page => 'panel'], @_, [ordersave_phone => '(415) 555-2798'], [ordersave_do => 'ask']]) };
    ok($ask->()->{status} == 400, 'who does not tick it has asked for nothing');
    my ($nonce) = $ask->([ordersave_yes => 1])->{body} =~ /name="ordersave_nonce" value="([^"]+)"/;
    my ($sms) = inbox($t, 1, kind => 'sms', to => $number);
    my ($code) = ($sms ? $sms->{text} : '') =~ /(\d{6}) is your code/;
    ok($nonce && $code, 'who does gets a code, and a page to type it into') or return;
    my $answer = sub { return $t->post($link, [[ordersave_nonce => $nonce], [ordersave_code => $_[0]], [ordersave_do => 'code']]) };
    ok($answer->(sprintf '%06d', ($code + 1) % 1_000_000)->{body} =~ /That was not the code/, 'another code proves nothing');
    ok($answer->($code)->{body} =~ /We text you where your parcel is/, 'the code proves the number');
    $t->carrier("JD09$_->{order}{id}", 'OutForDelivery') for $order, $other;
    my @sms = inbox($t, 3, kind => 'sms', to => $number);
    ok(@sms == 3 && $sms[1]{text} =~ /STOP/ && $sms[2]{text} =~ /out for delivery/, 'one confirmation, and then where the parcel is');
    inbox($t, 1, kind => 'mail', to => 'silent@mail.example', subject => 'Out for delivery');
    ok(inbox($t, 0, kind => 'sms', to => '+14155552799') == 0, 'who has not asked has a mail, and no SMS');
    ok($t->ctl('-s', 'shop', 'consent', 'show', $id) =~ /"did": "given".*"page"/s, 'the proof of it can be shown');
    ok($t->post($link, [[ordersave_do => 'leave']])->{body} =~ /no longer text you/, 'one click ends it');
    $t->carrier("JD09$id", 'Delivered', at => time + 60);
    inbox($t, 1, kind => 'mail', to => 'texts@mail.example', subject => 'Delivered');
    ok(inbox($t, 3, kind => 'sms', to => $number) == 3, 'and no SMS follows');
}

# What has arrived is the wrong colour.
sub exchanged {
    my ($t) = @_;
    step '23. an exchange is asked for, approved, and stands on the panel';
    my $order = $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en', items => [{product => 12, quantity => 2}],
        billing => {email => 'exchange@mail.example', first_name => 'Ada', country => 'US'});
    my $id = $order->{order}{id};
    my $view = sub { $t->get("/my-account/view-order/$id/", headers => ["Cookie: $order->{cookie}"])->{body} };
    $t->ship($order, "JD07$id");
    ok($view->() !~ m{/ordersave/return}, 'while it is on its way nothing can be sent back');
    $t->carrier("JD07$id", 'Delivered');
    my ($mail) = inbox($t, 1, kind => 'mail', to => 'exchange@mail.example', subject => 'Delivered:');
    my ($link) = ($mail ? $mail->{text} : '') =~ m{http://[^/]+(/ordersave/return/\S+)};
    ok($link, 'the mail that it has arrived has a link') or return;
    ok($t->wait_for('the link', sub { $view->() =~ m{href="/ordersave/return/} }), "and so has the panel in the store's page");
    my $page = $t->get($link);
    my ($slate) = $page->{body} =~ /<option value="([^"]*slate)"/;
    ok($slate && $page->{body} =~ /value="refund".*value="exchange".*value="credit"/s, 'its page has the other colours; money, exchange and credit side by side') or return;
    my $said = [[ordersave_item_0 => 1], [ordersave_instead_0 => $slate], [ordersave_want => 'exchange'], [ordersave_n => 1]];
    ok($t->post($link, $said)->{status} == 303 && $t->post($link, $said)->{status} == 303, 'it is asked for, by an impatient finger twice');
    ok($t->wait_for('it', sub { @{$t->record('shop', $id)->{track}{returns} // []} == 1 }), 'which is once');
    ($mail) = inbox($t, 1, kind => 'mail', subject => "Approve or decline: order $order->{order}{number}");
    my ($approve) = ($mail ? $mail->{text} : '') =~ m{http://[^/]+(/ordersave/approve/\S+)};
    ok($approve && $t->get($approve)->{body} =~ /slate/, 'support has a link to it, which a scanner opens') or return;
    ok($t->record('shop', $id)->{track}{returns}[0]{state} eq 'asked', 'and decides nothing');
    ok($t->post($approve, [[ordersave_do => 'approve'], [ordersave_comment => 'It is on its way.']])->{status} == 200, 'a person approves it');
    ok($t->post($approve, [[ordersave_do => 'decline']])->{status} == 409, 'once');
    ($mail) = inbox($t, 1, kind => 'mail', to => 'exchange@mail.example', subject => 'You can send it back');
    ok($mail && $mail->{text} =~ /slate/ && $mail->{text} =~ /any counter/, 'the buyer reads how it is sent back');
    ok($t->wait_for('the panel', sub { $view->() =~ /You can send this back.*slate.*It is on its way\./s }), 'and sees it on the panel');
}

sub after_delivery {
    my ($t) = @_;
    step '16. delivered';
    my $order = paid($t);
    my $id = $order->{order}{id};
    my $to = $order->{order}{billing}{email};
    $t->ship($order, "JD05$id");
    $t->carrier("JD05$id", 'Delivered');
    ok(inbox($t, 1, kind => 'mail', to => $to, subject => 'Delivered:') == 1, 'the mail that all has arrived');
    my ($ask) = inbox($t, 1, kind => 'mail', to => $to, subject => 'How do you like');
    ok($ask, 'and after its delay the request for a review');
    my ($link) = ($ask ? $ask->{text} : '') =~ m{http://[^/]+(/ordersave/review/[^?\s]+)\?stars=5};
    my $form = $t->get(($link // '/') . '?stars=5');
    ok($form->{body} =~ /value="5" checked/ && $form->{body} =~ /id="help"/, 'a review or help, for everybody');
    $t->post($link, [[ordersave_stars => 5], [ordersave_text => 'Warm and quiet.']]);
    ok($t->wait_for('the review', sub { $t->record('shop', $id)->{track}{review}{stars} }), 'it is given');
    my ($read) = inbox($t, 1, kind => 'mail', to => 'support@lumen.example', text => 'Warm and quiet.');
    ok($read && $read->{subject} =~ /5 of 5/, 'and its words are read by support');
    my %header = map { lc $_->[0] => $_->[1] } @{$ask->{headers}};
    my ($leave) = ($header{'list-unsubscribe'} // '') =~ m{<http://[^/]+(/ordersave/unsubscribe/[^>]+)>};
    ok($leave && $t->post($leave, [['List-Unsubscribe' => 'One-Click']])->{status} == 200, 'who wants no more of these leaves with one click');
    my $next = $t->buy('shop', customer => 'ada', status => 'processing', locale => 'en', consent => {email => 'yes'},
        billing => {email => $to, first_name => 'Ada', country => 'US'});
    $t->ship($next, "JD06$id");
    $t->carrier("JD06$id", 'Delivered');
    ok(inbox($t, 2, kind => 'mail', to => $to, subject => 'Delivered:') == 2, 'and still hears of the next parcel');
    sleep 4;
    ok(inbox($t, 1, kind => 'mail', to => $to, subject => 'How do you like') == 1, 'but is asked for nothing');
}

1;
